use std::sync::Arc;
use std::time::Duration;

use observability::metrics::{Pool, Statement};
use observability::{Metrics, TraceContext};
use tracing::Span;

use super::admin::POOL;

/// Counts what is asked of PostgreSQL and Redis.
struct Doors(Metrics);

/// The same storage, watched.
pub(crate) fn watched(postgres: &db::Postgres, memory: &db::Memory, metrics: &Metrics) -> db::Postgres {
    metrics.db_client_connection_timeouts.show(&POOL);
    metrics.db_client_connection_wait_time.show(&POOL);
    let doors = Arc::new(Doors(metrics.clone()));
    if let Some(redis) = memory.redis() {
        redis.watched_by(doors.clone());
    }
    postgres.watched_by(doors)
}

impl Doors {
    fn observe(&self, system: &'static str, what: &str, took: Duration, error: Option<&'static str>) {
        let labels = Statement {
            db_system_name: system,
            db_query_summary: self.0.words.know(what),
            error_type: error.unwrap_or_default(),
        };
        if self.0.db_client_operation_duration.observe(&labels, took.as_secs_f64(), TraceContext::current()) {
            Span::current().record("sampling.keep", true);
        }
    }
}

impl db::Watch for Doors {
    fn statement(&self, summary: &str, took: Duration, error: Option<&'static str>) {
        self.observe("postgresql", summary, took, error);
    }

    fn command(&self, name: &str, took: Duration, error: Option<&'static str>) {
        self.observe("redis", name, took, error);
    }

    fn connection(&self, waited: Duration, timed_out: bool) {
        let pool: &Pool = &POOL;
        self.0.db_client_connection_wait_time.observe(pool, waited.as_secs_f64(), None);
        if timed_out {
            self.0.db_client_connection_timeouts.add_one(pool);
        }
    }
}
