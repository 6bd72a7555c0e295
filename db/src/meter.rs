//! Counts what a request asks of PostgreSQL.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Statements and the time spent on them, added up over all connections that one request uses.
#[derive(Debug, Default)]
pub struct Meter {
    statements: AtomicU64,
    micros: AtomicU64,
}

impl Meter {
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Statements that run at the same time count one by one.
    pub fn time(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }

    pub(crate) fn begins(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn took(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }
}
