//! One process per folder.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use tokio::time::Instant;

use super::{EmbeddedError, Result};

/// Longer than it takes one who got the lock to write its name.
const NAMED_WITHIN: Duration = Duration::from_secs(2);

pub(super) enum Claim {
    Ours(Lock),
    Theirs(Holder),
}

/// The process that runs the server, and where, once the server answers.
pub(super) struct Holder {
    pub(super) pid: i32,
    pub(super) url: Option<String>,
}

/// The kernel's lock, which ends with the process however that ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    /// Beside the lock, not in it: replaced as a whole, it is never read half written.
    note: PathBuf,
}

impl Claim {
    pub(super) async fn stake(home: &Path) -> Result<Self> {
        let path = home.join("lock");
        let trouble = || EmbeddedError::io("lock", &path);
        let note = home.join("holder");
        let deadline = Instant::now() + NAMED_WITHIN;
        loop {
            let file =
                File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(trouble())?;
            match file.try_lock() {
                Ok(()) => return Lock::named(file, note).map(Self::Ours),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(trouble()(error)),
            }
            // The name may be missing yet, or of one who was killed: then look again. In the end
            // it is believed, for in another container a pid says nothing to us.
            let late = Instant::now() >= deadline;
            match Holder::read(&note) {
                Some(holder) if late || holder.lives() => return Ok(Self::Theirs(holder)),
                None if late => return Err(trouble()(std::io::ErrorKind::TimedOut.into())),
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

impl Lock {
    /// Lets others join the server.
    pub(super) fn publish(&self, url: &str) -> Result<()> {
        replace(&self.note, &format!("{}\n{url}\n", std::process::id()))
    }

    /// From now on others wait until we are gone.
    pub(super) fn conceal(&self) -> Result<()> {
        replace(&self.note, &format!("{}\n", std::process::id()))
    }

    fn named(file: File, note: PathBuf) -> Result<Self> {
        let lock = Self { file, note };
        lock.conceal()?;
        Ok(lock)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What remains after a failure is a name that no living process has, or no lock.
        let _ = fs::remove_file(&self.note);
        // Closing would do, were there not children between fork and exec with a copy.
        let _ = self.file.unlock();
    }
}

impl Holder {
    fn read(note: &Path) -> Option<Self> {
        let text = fs::read_to_string(note).ok()?;
        let mut lines = text.lines();
        Some(Self { pid: lines.next()?.parse().ok()?, url: lines.next().map(str::to_owned) })
    }

    fn lives(&self) -> bool {
        kill(Pid::from_raw(self.pid), None) != Err(Errno::ESRCH)
    }
}

/// Writes a whole file at once, readable to the server's account, and never through a link.
pub(super) fn replace(path: &Path, text: &str) -> Result<()> {
    let new = path.with_extension("new");
    let write = || {
        let _ = fs::remove_file(&new);
        let mut file = File::create_new(&new)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(Permissions::from_mode(0o644))?;
        fs::rename(&new, path)
    };
    write().map_err(EmbeddedError::io("write", path))
}
