use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use tikv_jemalloc_ctl::{epoch, stats};
use tokio::runtime::Handle;

use super::seconds::Seconds;
use super::{Alone, Level};

/// What the process and its runtime are like.
#[derive(Debug)]
pub(super) struct Process {
    cpu: Counter<f64, Seconds>,
    resident_memory: Level<Alone>,
    open_fds: Level<Alone>,
    max_fds: Level<Alone>,
    threads: Level<Alone>,
    allocated: Level<Alone>,
    allocator_resident: Level<Alone>,
    workers: Level<Alone>,
    busy: Counter<f64, Seconds>,
    alive_tasks: Level<Alone>,
    global_queue_depth: Level<Alone>,
}

impl Process {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let r = registry;
        let (cpu, busy) = (Counter::default(), Counter::default());
        r.register("process_cpu_seconds", "CPU time of the process", cpu.clone());
        r.register("tokio_worker_busy_seconds", "Time that workers were busy, added up", busy.clone());
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Level::register(r, "process_start_time_seconds", "When the process began, in seconds since 1970")
            .set(&Alone, start.as_secs_f64());
        Self {
            cpu,
            busy,
            resident_memory: Level::register(r, "process_resident_memory_bytes", "Resident memory"),
            open_fds: Level::register(r, "process_open_fds", "Open file descriptors"),
            max_fds: Level::register(r, "process_max_fds", "Most file descriptors that may be open"),
            threads: Level::register(r, "process_threads", "Threads"),
            allocated: Level::register(r, "allocator_allocated_bytes", "Memory that the program holds"),
            allocator_resident: Level::register(
                r,
                "allocator_resident_bytes",
                "Memory that the allocator holds for it",
            ),
            workers: Level::register(r, "tokio_workers", "Threads that run tasks"),
            alive_tasks: Level::register(r, "tokio_alive_tasks", "Tasks that have not ended"),
            global_queue_depth: Level::register(r, "tokio_global_queue_depth", "Tasks that wait for any worker"),
        }
    }

    pub(super) fn look(&self) {
        self.look_at_runtime();
        self.look_at_allocator();
        self.look_at_process();
    }

    fn look_at_runtime(&self) {
        let Ok(runtime) = Handle::try_current() else { return };
        let runtime = runtime.metrics();
        let busy: f64 = (0..runtime.num_workers()).map(|n| runtime.worker_total_busy_duration(n).as_secs_f64()).sum();
        Seconds::reach(&self.busy, busy);
        self.workers.set(&Alone, runtime.num_workers() as f64);
        self.alive_tasks.set(&Alone, runtime.num_alive_tasks() as f64);
        self.global_queue_depth.set(&Alone, runtime.global_queue_depth() as f64);
    }

    fn look_at_allocator(&self) {
        // Its statistics are as old as its epoch.
        if epoch::advance().is_err() {
            return;
        }
        if let (Ok(allocated), Ok(resident)) = (stats::allocated::read(), stats::resident::read()) {
            self.allocated.set(&Alone, allocated as f64);
            self.allocator_resident.set(&Alone, resident as f64);
        }
    }

    /// Where there is no `/proc`, its numbers stay at zero.
    fn look_at_process(&self) {
        let Ok(this) = procfs::process::Process::myself() else { return };
        if let Ok(stat) = this.stat() {
            let ticks = procfs::ticks_per_second() as f64;
            Seconds::reach(&self.cpu, (stat.utime + stat.stime) as f64 / ticks);
            self.resident_memory.set(&Alone, (stat.rss * procfs::page_size()) as f64);
            self.threads.set(&Alone, stat.num_threads as f64);
        }
        if let Ok(open) = this.fd_count() {
            self.open_fds.set(&Alone, open as f64);
        }
        if let Ok(limits) = this.limits()
            && let procfs::process::LimitValue::Value(most) = limits.max_open_files.soft_limit
        {
            self.max_fds.set(&Alone, most as f64);
        }
    }
}
