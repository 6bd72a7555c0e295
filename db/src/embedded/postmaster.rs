//! The process at the head of a server.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

use super::log::Log;
use super::{EmbeddedError, Result};

const READY_WITHIN: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(10);

/// How a server is asked to stop: with its data written; at once, to recover at its next start;
/// and by force.
const WAYS_TO_STOP: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(20)),
    (Signal::SIGQUIT, Duration::from_secs(10)),
    (Signal::SIGKILL, Duration::from_secs(5)),
];

#[derive(Debug)]
pub(super) struct Postmaster {
    child: Child,
    data: PathBuf,
    /// Where in the log its words begin.
    since: u64,
}

impl Postmaster {
    pub(super) fn new(child: Child, data: PathBuf, since: u64) -> Self {
        Self { child, data, since }
    }

    /// Waits until connections are accepted, which the server tells in its pid file.
    pub(super) async fn ready(mut self, log: &Log) -> Result<Self> {
        let deadline = Instant::now() + READY_WITHIN;
        let how = loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                break format!("ended before it was ready ({status})");
            }
            if PidFile::read(&self.data).is_some_and(|file| file.ready && self.is(file.pid)) {
                return Ok(self);
            }
            if Instant::now() >= deadline {
                break format!("was not ready within {} s", READY_WITHIN.as_secs());
            }
            sleep(GLANCE).await;
        };
        let since = self.since;
        self.stop().await;
        Err(EmbeddedError::NotReady { how, tail: log.tail(since), log: log.path.clone() })
    }

    /// Waits for its end, and tells how it came.
    pub(super) async fn ended(&mut self) -> String {
        let status = self.child.wait().await;
        status.map_or_else(|error| error.to_string(), |status| status.to_string())
    }

    pub(super) async fn stop(mut self) {
        for (signal, patience) in WAYS_TO_STOP {
            let Some(pid) = self.pid() else { return };
            // It can only fail for a process that is gone, as we are about to see.
            let _ = kill(pid, signal);
            if timeout(patience, self.child.wait()).await.is_ok() {
                return;
            }
            tracing::warn!(%signal, ?patience, "PostgreSQL did not stop in time");
        }
    }

    fn is(&self, pid: Pid) -> bool {
        self.pid() == Some(pid)
    }

    /// None once it has ended, so that no signal can reach a stranger who got its number.
    fn pid(&self) -> Option<Pid> {
        self.child.id().and_then(|pid| i32::try_from(pid).ok()).map(Pid::from_raw)
    }
}

/// The best that can be done without waiting. A next start waits, in `evict`.
impl Drop for Postmaster {
    fn drop(&mut self) {
        if let Some(pid) = self.pid() {
            let _ = kill(pid, Signal::SIGINT);
        }
    }
}

/// Stops a server that outlived the process which started it, and removes what says that there is
/// one.
pub(super) async fn evict(data: &Path, socket: &Path) -> Result<()> {
    if let Some(PidFile { pid, .. }) = PidFile::read(data) {
        stop_stranger(pid, data).await;
    }
    // PostgreSQL would take a zombie, or a stranger with the same number, for a server. If there
    // are backends left, it knows by its shared memory.
    for stale in [PidFile::path(data), socket.join(".s.PGSQL.5432.lock")] {
        match fs::remove_file(&stale) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(EmbeddedError::io("remove", &stale)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

async fn stop_stranger(pid: Pid, data: &Path) {
    for (signal, patience) in WAYS_TO_STOP {
        if !runs_on(pid, data).await {
            return;
        }
        tracing::info!(%pid, %signal, "stopping the PostgreSQL that an earlier process left");
        let _ = kill(pid, signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline && runs_on(pid, data).await {
            sleep(GLANCE).await;
        }
    }
}

struct PidFile {
    pid: Pid,
    ready: bool,
}

impl PidFile {
    fn path(data: &Path) -> PathBuf {
        data.join("postmaster.pid")
    }

    fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(Self::path(data)).ok()?;
        let pid = text.lines().next()?.trim().parse().ok().filter(|&pid| pid > 1)?;
        let ready = text.lines().nth(7).is_some_and(|status| status.trim() == "ready");
        Some(Self { pid: Pid::from_raw(pid), ready })
    }
}

/// Whether the process is a server of this data, by its command line: that of a zombie is empty.
async fn runs_on(pid: Pid, data: &Path) -> bool {
    let line = if cfg!(target_os = "linux") {
        fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default()
    } else {
        let mut ps = tokio::process::Command::new("/bin/ps");
        let output = ps.args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output().await;
        output.map_or_else(|_| Vec::new(), |output| output.stdout)
    };
    let words = String::from_utf8_lossy(&line).replace(['\0', '\n'], " ") + " ";
    words.contains("postgres") && words.contains(&format!(" -D {} ", data.display()))
}
