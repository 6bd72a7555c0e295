//! PostgreSQL's programs, wherever this machine keeps them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::{EmbeddedError, Result};

const OLDEST: u32 = 15;

/// Folders with one folder per version in them, as `(parent, prefix of the version, rest)`.
const VERSIONED: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
];

#[derive(Debug)]
pub(super) struct Binaries {
    dir: PathBuf,
    pub(super) major: u32,
}

impl Binaries {
    /// The given folder, else the first on this machine that fits: the version that made the
    /// data, where there is data.
    pub(super) async fn find(given: Option<&Path>, data: &Path) -> Result<Self> {
        let made_by = fs::read_to_string(data.join("PG_VERSION")).ok().and_then(|version| version.trim().parse().ok());
        let dirs = match given {
            Some(dir) => vec![dir.to_owned()],
            None => everywhere().await,
        };

        let mut unfit = BTreeMap::new();
        for dir in dirs {
            let Some(found) = Self::at(&dir).await else { continue };
            if found.major >= OLDEST && made_by.is_none_or(|major| found.major == major) {
                return Ok(found);
            }
            unfit.entry(found.major).or_insert(found.dir);
        }

        Err(match (unfit.last_key_value(), made_by, given) {
            (None, _, None) => EmbeddedError::NotFound,
            (None, _, Some(dir)) => EmbeddedError::NoBinaries { dir: dir.to_owned() },
            (Some(_), Some(made_by), _) => {
                EmbeddedError::WrongVersion { dir: data.to_owned(), made_by, found: list(&unfit) }
            }
            (Some((&major, dir)), None, _) => EmbeddedError::TooOld { major, dir: dir.clone(), oldest: OLDEST },
        })
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.dir.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }

    async fn at(dir: &Path) -> Option<Self> {
        let dir = fs::canonicalize(dir).ok()?;
        if !dir.join("initdb").is_file() {
            return None;
        }
        // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
        let version = output(&dir.join("postgres"), "--version").await?;
        let number = version.split_whitespace().nth(2)?;
        let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        Some(Self { major: number[..digits].parse().ok()?, dir })
    }
}

async fn everywhere() -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = Vec::new();
    // It may belong to a client library alone; `at` will see.
    dirs.extend(output(Path::new("pg_config"), "--bindir").await.map(PathBuf::from));
    // Often links to the real folder, beside which the server looks for its files.
    let path = std::env::var_os("PATH").unwrap_or_default();
    dirs.extend(
        std::env::split_paths(&path)
            .filter_map(|dir| Some(fs::canonicalize(dir.join("initdb")).ok()?.parent()?.to_owned())),
    );
    dirs.extend(VERSIONED.iter().flat_map(|(parent, prefix, rest)| {
        versions(Path::new(parent), prefix).into_iter().map(move |dir| dir.join(rest))
    }));
    dirs.push("/usr/bin".into());
    dirs
}

/// The newest first.
fn versions(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let major = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((major, entry.path()))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, dir)| dir).collect()
}

fn list(found: &BTreeMap<u32, PathBuf>) -> String {
    let each: Vec<String> = found.iter().map(|(major, dir)| format!("{major} (in {})", dir.display())).collect();
    each.join(", ")
}

async fn output(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).kill_on_drop(true).output().await.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
