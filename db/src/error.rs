//! How storage fails, in words its callers can act on.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::PoolError as ConnectError;
use diesel_async::pooled_connection::deadpool::PoolError;

use crate::sqlstate;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the write is about does not exist, or is not for this user to see.
    #[error("there is no such {0}")]
    Missing(&'static str),

    /// It exists, but is not this user's to change.
    #[error("this user may not do that")]
    Forbidden,

    /// It was changed since the user looked at it.
    #[error("the row has a newer version")]
    Stale,

    /// There are as many as there may be.
    #[error("there are too many already")]
    TooMany,

    /// The idempotency key came with another request before.
    #[error("the idempotency key was used for another request")]
    KeyReused,

    /// The write would break the named constraint of `migrations/`.
    #[error("constraint `{0}` violated")]
    Constraint(String),

    /// PostgreSQL can't be reached, or all connections are taken; or Redis, where there is no way around it.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),

    /// The statement took longer than `statement_timeout` allows.
    #[error("the statement was cancelled because it took too long")]
    Timeout,

    /// Two transactions waited for each other, and this one gave way.
    #[error("the transaction met another one")]
    Deadlock,

    #[error("the migration failed: {0}")]
    Migration(String),

    #[error("the query failed: {}", without_values(&.0.to_string()))]
    Query(#[source] DieselError),
}

impl Error {
    /// The same for somebody else who waited for it. What is our fault is told to one of them.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Timeout => Self::Timeout,
            Self::Deadlock => Self::Deadlock,
            Self::Unavailable(reason) => Self::Unavailable(reason.clone()),
            error => Self::Unavailable(error.to_string()),
        }
    }

    /// Whether the write would have broken the constraint of this name.
    pub fn violates(&self, constraint: &str) -> bool {
        matches!(self, Self::Constraint(name) if name == constraint)
    }
}

/// PostgreSQL quotes what it can't read, at the end: `invalid input syntax for type uuid: "…"`, `value "…" is out of range`.
fn without_values(message: &str) -> &str {
    let begins = [": \"", "value \""].into_iter().filter_map(|quoted| Some(message.find(quoted)? + quoted.len() - 1));
    begins.min().map_or(message, |begin| &message[..begin])
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(
                DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::ForeignKeyViolation,
                ref info,
            ) if info.constraint_name().is_some() => {
                Self::Constraint(info.constraint_name().unwrap_or_default().to_owned())
            }
            // Both fail when the connection ends in between; the first tells why.
            DieselError::RollbackErrorOnCommit { commit_error, .. } => (*commit_error).into(),
            error => Self::by_state(error),
        }
    }
}

impl Error {
    fn by_state(error: DieselError) -> Self {
        match (sqlstate::of(&error), error) {
            (Some(state), DieselError::DatabaseError(_, info)) if sqlstate::is_end_of_connection(state) => {
                Self::Unavailable(info.message().to_owned())
            }
            (Some(sqlstate::TIMEOUT | sqlstate::LOCK_TIMEOUT), _) => Self::Timeout,
            (Some(sqlstate::DEADLOCK), _) => Self::Deadlock,
            (_, error) => Self::Query(error),
        }
    }
}

/// For whoever can't do without: what failed will be tried again.
impl From<crate::redis::Error> for Error {
    fn from(error: crate::redis::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        Self::Unavailable(match error {
            PoolError::Timeout(_) => "all connections are taken".to_owned(),
            PoolError::Backend(ConnectError::ConnectionError(error)) => error.to_string(),
            error => error.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgresql_quotes_of_values_is_not_repeated() {
        for (said, repeated) in [
            (r#"invalid input syntax for type uuid: "secret""#, "invalid input syntax for type uuid: "),
            (r#"value "secret" is out of range for type integer"#, "value "),
            (r#"column "body" does not exist"#, r#"column "body" does not exist"#),
        ] {
            assert_eq!(without_values(said), repeated);
        }
    }
}
