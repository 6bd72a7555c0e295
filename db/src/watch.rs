//! Who watches the doors to PostgreSQL and Redis.

use std::time::Duration;

/// Is told what happens at a door, and must not dwell on it.
pub trait Watch: Send + Sync + 'static {
    /// A statement such as `SELECT shops`, which failed for a reason that has a SQLSTATE, or `other`.
    fn statement(&self, summary: &str, took: Duration, error: Option<&'static str>);

    /// A command to Redis.
    fn command(&self, name: &str, took: Duration, error: Option<&'static str>);

    /// The wait for a connection of the pool, in vain if it timed out.
    fn connection(&self, waited: Duration, timed_out: bool);
}
