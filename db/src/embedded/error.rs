//! How the embedded server fails, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(
        "PostgreSQL was not found on this machine.\n\
         Install it (nothing needs to be configured or started):\n  \
         Debian, Ubuntu:  apt-get install postgresql\n  \
         Fedora, RHEL:    dnf install postgresql-server postgresql-contrib\n  \
         macOS:           brew install postgresql@17\n\
         or set DATABASE_URL to a server of your own."
    )]
    NotFound,

    #[error("no `initdb` and `postgres` in {}: give the folder that holds both", .dir.display())]
    NoBinaries { dir: PathBuf },

    #[error(
        "PostgreSQL {major} in {} is too old: install version {oldest} or later, \
         or set DATABASE_URL to such a server",
        .dir.display()
    )]
    TooOld { major: u32, dir: PathBuf, oldest: u32 },

    #[error(
        "the data in {} was made by PostgreSQL {made_by}, but only {found} was found.\n\
         Install PostgreSQL {made_by}, or name its folder of binaries; or choose another data \
         directory; or move the data to the new version with pg_upgrade or pg_dump.",
        .dir.display()
    )]
    WrongVersion { dir: PathBuf, made_by: u32, found: String },

    #[error(
        "{} is in use by process {pid}: stop that process, choose another data directory, \
         or set DATABASE_URL",
        .dir.display()
    )]
    Held { dir: PathBuf, pid: i32 },

    #[error(
        "PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor \
         `nobody` to run it as: create one, do not run as root, or set DATABASE_URL"
    )]
    NoAccount,

    #[error(
        "PostgreSQL would run as the user `{account}`, who cannot reach {}: make the folders \
         above it searchable (chmod a+x), or choose another data directory",
        .dir.display()
    )]
    Unreachable { dir: PathBuf, account: String },

    #[error(
        "{} is not a private folder of ours: remove it, or choose another data directory",
        .dir.display()
    )]
    NotPrivate { dir: PathBuf },

    #[error("PostgreSQL could not make its data directory in {}:\n{output}", .dir.display())]
    Initdb { dir: PathBuf, output: String },

    #[error("PostgreSQL {how}; {} ends with:\n{tail}", .log.display())]
    NotReady { how: String, log: PathBuf, tail: String },

    #[error("cannot {what} {}: {source}", .path.display())]
    Io { what: &'static str, path: PathBuf, source: io::Error },
}

impl EmbeddedError {
    /// Says what was tried with which file.
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, path: path.to_owned(), source }
    }
}
