//! Counts what a request asks of PostgreSQL, and tells whoever watches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{DebugQuery, Instrumentation, InstrumentationEvent};
use diesel::result::{DatabaseErrorKind, Error};
use tracing::Span;
use tracing::field::Empty;

use crate::watch::{Server, failed};
use crate::{Watch, sql_text};

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
    meter: Option<Arc<Meter>>,
    watch: Option<Arc<dyn Watch>>,
    server: Arc<Server>,
    running: Option<Running>,
}

struct Running {
    started: Instant,
    seen: Option<Seen>,
}

/// A statement that is watched.
struct Seen {
    text: String,
    summary: String,
    span: Span,
}

/// What has no SQLSTATE that is known.
const OTHER: &str = "other";

/// What takes longer is worth a line.
const SLOW: Duration = Duration::from_millis(200);

impl Gauge {
    pub(crate) fn new(meter: Option<Arc<Meter>>, watch: Option<Arc<dyn Watch>>, server: Arc<Server>) -> Self {
        Self { meter, watch, server, running: None }
    }

    fn begin(&mut self, query: &dyn DebugQuery) {
        if let Some(meter) = &self.meter {
            meter.statements.fetch_add(1, Ordering::Relaxed);
        }
        let seen = self.watch.is_some().then(|| Seen::new(query, &self.server));
        self.running = Some(Running { started: Instant::now(), seen });
    }

    fn end(&mut self, error: Option<&Error>) {
        let Some(Running { started, seen }) = self.running.take() else { return };
        let took = started.elapsed();
        if let Some(meter) = &self.meter {
            let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            meter.micros.fetch_add(micros, Ordering::Relaxed);
        }
        if let (Some(watch), Some(seen)) = (&self.watch, seen) {
            let error = error.and_then(state);
            seen.end(took, error);
            watch.statement(&seen.summary, took, error);
        }
    }
}

impl Instrumentation for Gauge {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => self.begin(query),
            InstrumentationEvent::FinishQuery { error, .. } => self.end(error),
            _ => {}
        }
    }
}

impl Seen {
    fn new(query: &dyn DebugQuery, server: &Server) -> Self {
        let text = sql_text::of(query);
        let summary = sql_text::summary(&text);
        let span = tracing::debug_span!(
            "statement",
            otel.kind = "client",
            otel.name = summary,
            otel.status_code = Empty,
            db.system.name = "postgresql",
            db.namespace = server.namespace,
            db.query.summary = summary,
            db.query.text = text,
            db.response.status_code = Empty,
            error.type = Empty,
            server.address = server.address,
            server.port = server.port,
        );
        Self { text, summary, span }
    }

    fn end(&self, took: Duration, error: Option<&'static str>) {
        if let Some(state) = error {
            failed(&self.span, state);
            if state != OTHER {
                self.span.record("db.response.status_code", state);
            }
        }
        if took >= SLOW {
            let duration_ms = took.as_secs_f64() * 1e3;
            tracing::warn!(db.query.summary = self.summary, db.query.text = self.text, duration_ms, "slow statement");
        }
    }
}

/// The SQLSTATE as far as Diesel tells; a row that is not there is no error.
fn state(error: &Error) -> Option<&'static str> {
    let Error::DatabaseError(kind, _) = error else {
        return (!matches!(error, Error::NotFound)).then_some(OTHER);
    };
    Some(match kind {
        DatabaseErrorKind::UniqueViolation => "23505",
        DatabaseErrorKind::ForeignKeyViolation => "23503",
        DatabaseErrorKind::NotNullViolation => "23502",
        DatabaseErrorKind::CheckViolation => "23514",
        DatabaseErrorKind::SerializationFailure => "40001",
        DatabaseErrorKind::ReadOnlyTransaction => "25006",
        DatabaseErrorKind::ClosedConnection => "08006",
        _ => OTHER,
    })
}
