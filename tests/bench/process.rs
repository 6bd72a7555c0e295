//! What the kernel says of processes.

use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};

/// As the kernel counts in `/proc`, on every architecture Linux runs on.
const TICKS_PER_SECOND: f64 = 100.0;

pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn new(pid: u32) -> Self {
        Self(pid)
    }

    /// How much of its memory is in use, in bytes, without what the kernel keeps for its sockets.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no memory")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024)
    }

    /// How long it has kept processors busy.
    pub(crate) fn busy(&self) -> anyhow::Result<Duration> {
        let stat = self.read("stat")?;
        // The name in parentheses may contain anything.
        let (_, fields) = stat.rsplit_once(')').context("no name")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND))
    }

    /// Returns once it has next to nothing to do any more.
    pub(crate) async fn settled(&self) -> anyhow::Result<()> {
        const LOOK: Duration = Duration::from_millis(500);
        let mut calm = 0;
        while calm < 3 {
            let before = self.busy()?;
            tokio::time::sleep(LOOK).await;
            let is_calm = self.busy()? - before < LOOK / 5;
            calm = if is_calm { calm + 1 } else { 0 };
        }
        Ok(())
    }

    fn read(&self, file: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{file}", self.0);
        fs::read_to_string(&path).with_context(|| format!("{path} can't be read"))
    }
}

/// Refuses to begin what would fail in the middle.
pub(crate) fn may_open(files: usize) -> anyhow::Result<()> {
    let limits = fs::read_to_string("/proc/self/limits").context("/proc/self/limits can't be read")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).context("no limit of files")?;
    // The server inherits it.
    let limit = line.split_whitespace().next().context("no limit of files")?.parse().unwrap_or(usize::MAX);
    ensure!(
        files <= limit,
        "{files} files would have to be open, and a process may open {limit}: raise the limit (`ulimit -n`), or open less"
    );
    Ok(())
}
