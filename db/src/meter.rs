//! Counts what a request asks of PostgreSQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent};

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
}

/// What Diesel calls before and after each statement of a connection.
pub(crate) struct Gauge {
    meter: Arc<Meter>,
    started: Option<Instant>,
}

impl Gauge {
    pub(crate) fn new(meter: Arc<Meter>) -> Self {
        Self { meter, started: None }
    }
}

impl Instrumentation for Gauge {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => {
                self.meter.statements.fetch_add(1, Ordering::Relaxed);
                self.started = Some(Instant::now());
            }
            InstrumentationEvent::FinishQuery { .. } => {
                if let Some(started) = self.started.take() {
                    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                    self.meter.micros.fetch_add(micros, Ordering::Relaxed);
                }
            }
            _ => {}
        }
    }
}
