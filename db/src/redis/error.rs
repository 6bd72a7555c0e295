use redis::{ErrorKind, RedisError, ServerErrorKind};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why Redis did not help. Whoever swallows it says so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no connection; nothing was sent.
    #[error("Redis is away")]
    Away,

    /// It may still do as it was told.
    #[error("Redis did not answer in time")]
    TimedOut,

    #[error("Redis failed: {0}")]
    Failed(#[from] RedisError),
}

/// Whether a connection is of no more use after this.
pub(super) fn is_end_of_connection(error: &RedisError) -> bool {
    // A master that was demoted goes on answering, but only reads.
    const NO_MASTER: [ServerErrorKind; 3] =
        [ServerErrorKind::ReadOnly, ServerErrorKind::MasterDown, ServerErrorKind::BusyLoading];
    error.is_io_error()
        || error.is_unrecoverable_error()
        || NO_MASTER.into_iter().any(|kind| error.kind() == ErrorKind::Server(kind))
}
