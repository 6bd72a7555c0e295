//! Settings for this machine. Whoever knows better uses `ALTER SYSTEM`, which wins.

use std::fs;
use std::process::Command;

const MB: u64 = 1024 * 1024;

pub(super) fn for_this_machine() -> String {
    render(memory().unwrap_or(2048 * MB))
}

fn render(memory: u64) -> String {
    let share = |part: u64, least: u64, most: u64| (memory / part / MB).clamp(least, most);
    format!(
        "# Written by linli at each start; use ALTER SYSTEM to change a setting.
include 'postgres/postgresql.conf'
shared_buffers = {}MB
effective_cache_size = {}MB
work_mem = {}MB
maintenance_work_mem = {}MB
max_connections = 100
random_page_cost = 1.1
# Our statements are short: compiling them costs more than it saves.
jit = off
synchronous_commit = on
wal_compression = on
checkpoint_timeout = 15min
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
log_line_prefix = '%m [%p] '
# The statements of our users hold what is theirs; linli reports their failures.
log_min_error_statement = panic
",
        share(8, 128, 1024),
        share(2, 256, 65_536),
        share(512, 4, 32),
        share(16, 64, 512),
    )
}

/// Of the machine, or of the container when that has less.
fn memory() -> Option<u64> {
    let machine = if cfg!(target_os = "linux") {
        let meminfo = fs::read_to_string("/proc/meminfo").ok()?;
        let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        total.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024
    } else {
        let output = Command::new("/usr/sbin/sysctl").args(["-n", "hw.memsize"]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()?
    };
    let container = fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|limit| limit.trim().parse().ok())
        .unwrap_or(u64::MAX);
    Some(machine.min(container))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_buffers_are_an_eighth_of_memory_within_bounds() {
        for (memory, buffers) in [(256 * MB, 128), (4096 * MB, 512), (65_536 * MB, 1024)] {
            assert!(render(memory).contains(&format!("\nshared_buffers = {buffers}MB\n")));
        }
    }
}
