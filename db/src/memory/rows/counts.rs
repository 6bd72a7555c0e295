use std::sync::atomic::{AtomicU64, Ordering};

use super::kept::{Kind, RowId};

/// What happened to the rows of one kind since the process began, and how many it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Found in the process; those that are known not to exist are counted by `absences`.
    pub hits_in_process: u64,
    pub hits_in_redis: u64,
    /// Asked of PostgreSQL, found or not.
    pub loaded: u64,
    /// Known not to exist.
    pub absences: u64,
    /// Loaded anew in the background, while others went on with what there was.
    pub renewed: u64,
    /// Loaded by somebody else, who was waited for.
    pub waited: u64,
    /// In the process at the moment, absences included.
    pub entries: u64,
    pub bytes: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters([Counter; Kind::ALL.len()]);

#[derive(Debug, Default)]
pub(super) struct Counter {
    pub(super) hits_in_process: AtomicU64,
    pub(super) hits_in_redis: AtomicU64,
    pub(super) loaded: AtomicU64,
    pub(super) absences: AtomicU64,
    pub(super) renewed: AtomicU64,
    pub(super) waited: AtomicU64,
    entries: AtomicU64,
    bytes: AtomicU64,
}

impl Counters {
    pub(super) fn of(&self, row: RowId) -> &Counter {
        &self.0[row.kind() as usize]
    }

    pub(super) fn read(&self) -> Vec<(&'static str, RowCounts)> {
        Kind::ALL.into_iter().map(|kind| (kind.name(), self.0[kind as usize].read())).collect()
    }
}

impl Counter {
    pub(super) fn put(&self, bytes: u32) {
        self.entries.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes.into(), Ordering::Relaxed);
    }

    pub(super) fn dropped(&self, bytes: u32) {
        self.entries.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes.into(), Ordering::Relaxed);
    }

    fn read(&self) -> RowCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RowCounts {
            hits_in_process: read(&self.hits_in_process),
            hits_in_redis: read(&self.hits_in_redis),
            loaded: read(&self.loaded),
            absences: read(&self.absences),
            renewed: read(&self.renewed),
            waited: read(&self.waited),
            entries: read(&self.entries),
            bytes: read(&self.bytes),
        }
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
