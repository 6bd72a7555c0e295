//! Whom the server runs as: PostgreSQL refuses to be root.

use std::io;
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::Path;
use std::process::Stdio;

use nix::unistd::{Uid, User, geteuid};
use tokio::process::Command;

use super::{EmbeddedError, Result};

/// All of our environment that the server gets: the rest may hold secrets, or `PG…` variables
/// that would change what its programs do.
const ENVIRONMENT: [&str; 5] = ["PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

#[derive(Clone, Debug)]
pub(super) enum Account {
    Ourselves,
    Other { name: String, uid: u32, gid: u32 },
}

impl Account {
    /// The owner of existing data, so that a start as root does not take it from its user.
    pub(super) fn owner_of(data: &Path) -> Result<Self> {
        let owner = data.metadata().map_err(EmbeddedError::io("look at", data))?.uid();
        if !geteuid().is_root() || owner == 0 {
            return Self::for_new_data();
        }
        match User::from_uid(Uid::from_raw(owner)) {
            Ok(Some(user)) => Ok(user.into()),
            // Made in a container, or by a user since removed: the number is all we need.
            _ => Ok(Self::Other { name: owner.to_string(), uid: owner, gid: owner }),
        }
    }

    pub(super) fn for_new_data() -> Result<Self> {
        if !geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        ["postgres", "_postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(Self::from)
            .ok_or(EmbeddedError::NoAccount)
    }

    /// A program run as this account, in its own process group: the Ctrl-C of a terminal is for
    /// us, who will stop the server when no request needs it any more.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            // The data keeps the locale of its making. This one is of messages, which we read.
            .env("LC_ALL", "C")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null());
        if let Self::Other { uid, gid, .. } = *self {
            // As root, this clears the supplementary groups too.
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Whether the account can enter the folder. Asks the kernel, for modes are not all there is.
    pub(super) async fn reaches(&self, dir: &Path) -> bool {
        let mut shell = self.command(Path::new("/bin/sh"));
        // The folder is entered after the change of user.
        let entered = shell.args(["-c", ":"]).current_dir(dir).status().await;
        entered.is_ok_and(|status| status.success())
    }

    pub(super) fn own(&self, path: &Path) -> io::Result<()> {
        match *self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid, .. } => lchown(path, Some(uid), Some(gid)),
        }
    }

    pub(super) fn uid(&self) -> u32 {
        match *self {
            Self::Ourselves => geteuid().as_raw(),
            Self::Other { uid, .. } => uid,
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Ourselves => "ourselves",
            Self::Other { name, .. } => name,
        }
    }
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        Self::Other { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() }
    }
}
