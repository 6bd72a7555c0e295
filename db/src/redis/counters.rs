use std::sync::atomic::{AtomicU64, Ordering};

/// What happened on a link since it was made.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) sent: Counter,
    pub(super) failed: Counter,
    pub(super) timed_out: Counter,
    pub(super) turned_away: Counter,
    pub(super) lost: Counter,
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

/// The state of the counters at one moment. A pipeline counts as one command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Commands that went out.
    pub sent: u64,
    /// Those of them that were answered by an error, or broke the connection.
    pub failed: u64,
    /// Those of them that were not answered in time.
    pub timed_out: u64,
    /// Commands that did not go out, since Redis was away.
    pub turned_away: u64,
    /// How often Redis went away.
    pub lost: u64,
}

impl Counter {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub(super) fn read(&self) -> Counts {
        Counts {
            sent: self.sent.get(),
            failed: self.failed.get(),
            timed_out: self.timed_out.get(),
            turned_away: self.turned_away.get(),
            lost: self.lost.get(),
        }
    }
}
