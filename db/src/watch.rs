//! Who watches the doors to PostgreSQL and Redis, and what both doors tell alike.

use std::time::Duration;

use tracing::Span;

/// Is told what happens at a door, and must not dwell on it.
pub trait Watch: Send + Sync + 'static {
    /// A statement such as `SELECT shops`, which failed for a reason that has a SQLSTATE, or `other`, or was `cancelled`.
    fn statement(&self, summary: &str, took: Duration, error: Option<&'static str>);

    /// A command to Redis.
    fn command(&self, name: &str, took: Duration, error: Option<&'static str>);

    /// The wait for a connection of the pool, in vain if it timed out.
    fn connection(&self, waited: Duration, timed_out: bool);
}

/// Where calls go, as far as that is certain, and without what it takes to get in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Server {
    /// A host, or the path of a socket.
    pub(crate) address: Option<String>,
    pub(crate) port: Option<u16>,
    /// The database.
    pub(crate) namespace: Option<String>,
}

/// Says on the span of a call that it failed.
pub(crate) fn failed(span: &Span, error: &'static str) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", error);
}
