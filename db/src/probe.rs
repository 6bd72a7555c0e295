//! Sees each statement of a connection begin and end, and tells whoever watches.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::{DebugQuery, Instrumentation, InstrumentationEvent};
use diesel::result::Error;
use tracing::Span;
use tracing::field::Empty;

use crate::meter::Meter;
use crate::watch::{Server, failed};
use crate::{Watch, sql_text, sqlstate};

/// What Diesel calls before and after each statement, and whoever gives the connection back in the end. All clones see the same.
#[derive(Clone)]
pub(crate) struct Probe {
    meter: Option<Arc<Meter>>,
    watch: Option<Arc<dyn Watch>>,
    server: Arc<Server>,
    running: Arc<Mutex<Option<Running>>>,
}

struct Running {
    started: Instant,
    seen: Option<Seen>,
}

/// A statement that is watched.
struct Seen {
    text: String,
    summary: Arc<str>,
    span: Span,
}

/// What nobody waited for any more.
const CANCELLED: &str = "cancelled";

/// What takes longer is worth a line.
const SLOW: Duration = Duration::from_millis(200);

impl Probe {
    pub(crate) fn new(meter: Option<Arc<Meter>>, watch: Option<Arc<dyn Watch>>, server: Arc<Server>) -> Self {
        Self { meter, watch, server, running: Arc::default() }
    }

    /// Whether a statement was running, which nobody waits for any more.
    pub(crate) fn was_cut_short(&self) -> bool {
        let cut_short = self.put(None);
        let is_any = cut_short.is_some();
        self.tell(cut_short, Some(CANCELLED));
        is_any
    }

    fn begin(&self, query: &dyn DebugQuery) {
        if let Some(meter) = &self.meter {
            meter.begins();
        }
        let seen = self.watch.is_some().then(|| Seen::new(query, &self.server));
        let cut_short = self.put(Some(Running { started: Instant::now(), seen }));
        self.tell(cut_short, Some(CANCELLED));
    }

    fn end(&self, error: Option<&Error>) {
        self.tell(self.put(None), error.and_then(sqlstate::of));
    }

    /// Returns what was running before.
    fn put(&self, running: Option<Running>) -> Option<Running> {
        std::mem::replace(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner), running)
    }

    fn tell(&self, ended: Option<Running>, error: Option<&'static str>) {
        let Some(Running { started, seen }) = ended else { return };
        let took = started.elapsed();
        if let Some(meter) = &self.meter {
            meter.took(took);
        }
        if let (Some(watch), Some(seen)) = (&self.watch, seen) {
            seen.end(took, error);
            watch.statement(&seen.summary, took, error);
        }
    }
}

impl Instrumentation for Probe {
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
            otel.name = &*summary,
            otel.status_code = Empty,
            db.system.name = "postgresql",
            db.namespace = server.namespace,
            db.query.summary = &*summary,
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
            if ![sqlstate::OTHER, CANCELLED].contains(&state) {
                self.span.record("db.response.status_code", state);
            }
        }
        if took >= SLOW {
            let duration_ms = took.as_secs_f64() * 1e3;
            tracing::warn!(db.query.summary = &*self.summary, db.query.text = self.text, duration_ms, "slow statement");
        }
    }
}
