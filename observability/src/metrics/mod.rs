//! Metrics: how much, how often, how long. `telemetry.yaml` explains each; all are read at once, as `OpenMetrics`.

mod instruments;
mod labels;
mod names;
mod process;
mod seconds;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub use instruments::{Count, Distribution, Held, Level};
pub use labels::*;
pub use names::Names;

use crate::SpanCounts;
use crate::logs::LineCounts;
use process::Process;

/// What `OpenMetrics` is sent as.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Cheap to clone: all clones count into the same.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Families>);

/// What is counted, by the names of `telemetry.yaml`.
#[derive(Debug)]
pub struct Families {
    registry: Registry,
    process: Process,

    pub http_server_request_duration: Distribution<Request>,
    pub http_server_active_requests: Level<Method>,

    pub graphql_operation_duration: Distribution<Operation>,
    pub graphql_operation_errors: Count<ErrorCode>,
    pub graphql_user_errors: Count<ErrorCode>,
    pub graphql_operation_complexity: Distribution<OperationType>,
    pub graphql_operation_depth: Distribution<OperationType>,
    pub graphql_operation_db_statements: Distribution<NamedOperation>,
    pub graphql_field_requests: Count<FieldUse>,
    pub graphql_dataloader_batch_size: Distribution<Loader>,
    pub graphql_dataloader_keys_requested: Count<Loader>,
    pub graphql_subscription_active: Level<Subscription>,
    pub graphql_subscription_events: Count<Subscription>,
    pub graphql_subscription_lag: Distribution<Subscription>,
    pub graphql_connection_active: Level<Transport>,
    pub graphql_connection_closed: Count<Closed>,

    pub db_client_operation_duration: Distribution<Statement>,
    pub db_client_connection_count: Level<PoolState>,
    pub db_client_connection_max: Level<Pool>,
    pub db_client_connection_pending_requests: Level<Pool>,
    pub db_client_connection_wait_time: Distribution<Pool>,
    pub db_client_connection_timeouts: Count<Pool>,
    pub redis_link_up: Level<Alone>,
    pub redis_link_commands: Count<Outcome>,
    pub cache_requests: Count<CacheResult>,
    pub cache_entries: Level<Cache>,
    pub cache_weight: Level<Cache>,

    pub messaging_queue_depth: Level<Queue>,
    pub messaging_queue_parked: Level<Queue>,
    pub messaging_queue_oldest_age: Level<Queue>,
    pub messaging_process_duration: Distribution<Processed>,
    pub auth_attempts: Count<Attempt>,
    pub password_hash_duration: Distribution<Alone>,
    pub password_hash_pending_requests: Level<Alone>,
    pub mail_sent: Count<Outcome>,

    /// Words that are bounded, but known only as the program runs.
    pub words: Names,
    /// Those that clients give to their operations.
    pub operation_names: Names,

    spans_exported: Count<ErrorType>,
    spans_dropped: Count<Reason>,
    log_lines: Count<SinkOutcome>,
    log_queue: Level<Sink>,
}

/// Upper bounds of buckets.
const SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
const DB_SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
const WAIT_SECONDS: &[f64] = &[0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
const HASH_SECONDS: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];
const COMPLEXITY: &[f64] = &[1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0];
const DEPTH: &[f64] = &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0];
const STATEMENTS: &[f64] = &[0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0];
const KEYS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// Room for status codes, statements, fields and the like.
const WORDS: usize = 4_096;

const OPERATION_NAMES: usize = 200;

impl Metrics {
    pub fn new(version: &'static str, commit: &'static str) -> Self {
        let mut registry = Registry::default();
        let r = &mut registry;
        let build = Level::register(r, "linli_build_info", "Always 1");
        build.set(&Build { version, commit }, 1.0);
        Self(Arc::new(Families {
            http_server_request_duration: Distribution::register(
                r,
                "http_server_request_duration_seconds",
                "Time from the head of a request to the head of its response",
                SECONDS,
            ),
            http_server_active_requests: Level::register(
                r,
                "http_server_active_requests",
                "Requests that are being answered",
            ),
            graphql_operation_duration: Distribution::register(
                r,
                "graphql_operation_duration_seconds",
                "Time from parsing to the last field; of a subscription, of one event",
                SECONDS,
            ),
            graphql_operation_errors: Count::register(
                r,
                "graphql_operation_errors",
                "Errors in responses, by extensions.code",
            ),
            graphql_user_errors: Count::register(
                r,
                "graphql_user_errors",
                "Reasons why mutations did nothing, by the code of userErrors",
            ),
            graphql_operation_complexity: Distribution::register(
                r,
                "graphql_operation_complexity",
                "Selected fields, fragments expanded",
                COMPLEXITY,
            ),
            graphql_operation_depth: Distribution::register(
                r,
                "graphql_operation_depth",
                "Levels of selected fields",
                DEPTH,
            ),
            graphql_operation_db_statements: Distribution::register(
                r,
                "graphql_operation_db_statements",
                "SQL statements of an operation",
                STATEMENTS,
            ),
            graphql_field_requests: Count::register(r, "graphql_field_requests", "Operations that select a field"),
            graphql_dataloader_batch_size: Distribution::register(
                r,
                "graphql_dataloader_batch_size",
                "Distinct keys of a batch",
                KEYS,
            ),
            graphql_dataloader_keys_requested: Count::register(
                r,
                "graphql_dataloader_keys_requested",
                "Keys that resolvers asked for",
            ),
            graphql_subscription_active: Level::register(r, "graphql_subscription_active", "Subscriptions under way"),
            graphql_subscription_events: Count::register(
                r,
                "graphql_subscription_events",
                "Events that were sent to subscribers",
            ),
            graphql_subscription_lag: Distribution::register(
                r,
                "graphql_subscription_lag_seconds",
                "Time from the moment when a subscription hears of something to that when it is sent",
                SECONDS,
            ),
            graphql_connection_active: Level::register(
                r,
                "graphql_connection_active",
                "Sockets and streams that are open",
            ),
            graphql_connection_closed: Count::register(
                r,
                "graphql_connection_closed",
                "Sockets and streams that ended",
            ),
            db_client_operation_duration: Distribution::register(
                r,
                "db_client_operation_duration_seconds",
                "Time of a statement or a command",
                DB_SECONDS,
            ),
            db_client_connection_count: Level::register(r, "db_client_connection_count", "Connections of the pool"),
            db_client_connection_max: Level::register(r, "db_client_connection_max", "Most connections of the pool"),
            db_client_connection_pending_requests: Level::register(
                r,
                "db_client_connection_pending_requests",
                "Who waits for a connection",
            ),
            db_client_connection_wait_time: Distribution::register(
                r,
                "db_client_connection_wait_time_seconds",
                "Time until a connection was had",
                WAIT_SECONDS,
            ),
            db_client_connection_timeouts: Count::register(
                r,
                "db_client_connection_timeouts",
                "Requests that got no connection in time",
            ),
            redis_link_up: Level::register(r, "redis_link_up", "1 while Redis is there"),
            redis_link_commands: Count::register(r, "redis_link_commands", "Commands to Redis, by what became of them"),
            cache_requests: Count::register(r, "cache_requests", "Rows that were looked up, by where they were found"),
            cache_entries: Level::register(r, "cache_entries", "Rows that are kept in the process"),
            cache_weight: Level::register(r, "cache_weight_bytes", "Estimated memory of those rows"),
            messaging_queue_depth: Level::register(r, "messaging_queue_depth", "Events that wait for a worker"),
            messaging_queue_parked: Level::register(r, "messaging_queue_parked", "Events that were given up"),
            messaging_queue_oldest_age: Level::register(
                r,
                "messaging_queue_oldest_age_seconds",
                "Age of the oldest event that waits",
            ),
            messaging_process_duration: Distribution::register(
                r,
                "messaging_process_duration_seconds",
                "Time to handle an event",
                SECONDS,
            ),
            auth_attempts: Count::register(r, "auth_attempts", "Attempts to prove who one is"),
            password_hash_duration: Distribution::register(
                r,
                "password_hash_duration_seconds",
                "Time of a password hash, without the wait for its turn",
                HASH_SECONDS,
            ),
            password_hash_pending_requests: Level::register(
                r,
                "password_hash_pending_requests",
                "Who waits for a turn to hash a password",
            ),
            mail_sent: Count::register(r, "mail_sent", "E-mails, by what became of them"),
            spans_exported: Count::register(
                r,
                "otel_sdk_exporter_span_exported",
                "Spans that were handed to the collector, or lost on the way",
            ),
            spans_dropped: Count::register(r, "otel_sdk_processor_span_dropped", "Spans that were dropped before"),
            log_lines: Count::register(r, "log_pipeline_lines", "Log lines, by what became of them"),
            log_queue: Level::register(r, "log_pipeline_queue_lines", "Log lines that wait to be written"),
            words: Names::at_most(WORDS),
            operation_names: Names::at_most(OPERATION_NAMES),
            process: Process::register(r),
            registry,
        }))
    }

    /// All of it as `OpenMetrics`. What the telemetry knows of itself is brought up to date before.
    pub(crate) fn render(&self, spans: SpanCounts, lines: &[LineCounts]) -> String {
        self.spans_exported.reach(&ErrorType { error_type: "" }, spans.exported);
        self.spans_exported.reach(&ErrorType { error_type: "failed" }, spans.failed);
        self.spans_dropped.reach(&Reason { reason: "queue_full" }, spans.dropped_of_full_queue);
        self.spans_dropped.reach(&Reason { reason: "trace_full" }, spans.dropped_of_full_trace);
        for LineCounts { sink, written, dropped, waiting } in lines {
            self.log_lines.reach(&SinkOutcome { sink, outcome: "written" }, *written);
            self.log_lines.reach(&SinkOutcome { sink, outcome: "dropped" }, *dropped);
            self.log_queue.set(&Sink { sink }, *waiting as f64);
        }
        self.process.look();
        let mut text = String::new();
        // Nothing that is written to a string fails.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl std::ops::Deref for Metrics {
    type Target = Families;

    fn deref(&self) -> &Families {
        &self.0
    }
}

/// A number that goes up and down.
type Number = Gauge<f64, AtomicU64>;
