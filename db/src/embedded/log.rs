//! What the server says, kept within bounds.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{EmbeddedError, Result};

/// Two files of this size at most: the log and the one before.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Log {
    pub(super) path: PathBuf,
}

impl Log {
    pub(super) fn of(home: &Path) -> Self {
        Self { path: home.join("postgres.log") }
    }

    /// To append to. The server gets it opened, and needs no right to it; others get none, for
    /// failures tell of data.
    pub(super) fn open(&self) -> Result<File> {
        File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.path)
            .map_err(EmbeddedError::io("write", &self.path))
    }

    pub(super) fn len(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// The last lines written since the log was so long.
    pub(super) fn tail(&self, since: u64) -> String {
        let read = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(since.max(file.metadata()?.len().saturating_sub(4096))))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            std::io::Result::Ok(bytes)
        };
        let bytes = read().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Copies and empties the file, for the server keeps it open. What is written in between is
    /// lost; the alternative is PostgreSQL's collector, which bounds days and not bytes.
    pub(super) async fn bound(&self) {
        if self.len() <= MOST_BYTES {
            return;
        }
        let bounded = async {
            tokio::fs::copy(&self.path, self.path.with_extension("log.1")).await?;
            tokio::fs::OpenOptions::new().write(true).open(&self.path).await?.set_len(0).await
        };
        if let Err(error) = bounded.await {
            tracing::warn!(%error, log = %self.path.display(), "cannot bound the log");
        }
    }
}
