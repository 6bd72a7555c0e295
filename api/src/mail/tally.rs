use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Mail;

/// What became of mails.
#[derive(Debug, Default)]
pub(super) struct Tally {
    sent: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
}

/// The same, at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub sent: u64,
    /// The server would not take them, or could not be reached for too long.
    pub failed: u64,
    /// Given up before anybody could take them.
    pub dropped: u64,
}

/// A mail on its way. It counts once, when it is let go: as dropped, unless something else became of it.
pub(super) struct Posted {
    pub(super) mail: Mail,
    tally: Arc<Tally>,
    outcome: fn(&Tally) -> &AtomicU64,
}

impl Tally {
    pub(super) fn read(&self) -> Counts {
        Counts {
            sent: self.sent.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
        }
    }
}

impl Posted {
    pub(super) fn new(mail: Mail, tally: Arc<Tally>) -> Self {
        Self { mail, tally, outcome: |tally| &tally.dropped }
    }

    pub(super) fn sent(mut self) {
        self.outcome = |tally| &tally.sent;
    }

    pub(super) fn failed(mut self) {
        self.outcome = |tally| &tally.failed;
    }
}

impl Drop for Posted {
    fn drop(&mut self) {
        (self.outcome)(&self.tally).fetch_add(1, Ordering::Relaxed);
    }
}
