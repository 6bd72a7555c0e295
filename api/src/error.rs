//! Every way a request can fail, as its client will read it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::ErrorExtensions;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Clone, Debug)]
pub enum Error {
    Unauthenticated,
    Forbidden,
    BadInput {
        field: &'static str,
        reason: String,
    },
    /// A row that must be there is not: it was deleted while the request was under way.
    Gone {
        what: &'static str,
    },
    /// What the server can't do right now, or at all.
    Unavailable(&'static str),
    /// Our fault: the client learns nothing but that it happened.
    Storage(Arc<Failure>),
    /// Our fault, too: a panic, or a promise that was not kept.
    Internal(&'static str),
}

/// What may reach many fields of a request at once, by a batch that they shared.
#[derive(Debug)]
pub struct Failure {
    cause: db::Error,
    logged: AtomicBool,
}

impl Error {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadInput { .. } => "BAD_INPUT",
            Self::Gone { .. } | Self::Unavailable(_) => "UNAVAILABLE",
            Self::Storage(failure) => match failure.cause {
                db::Error::Unavailable(_) | db::Error::Deadlock => "UNAVAILABLE",
                db::Error::Timeout => "TIMEOUT",
                _ => "INTERNAL",
            },
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// Whether the same may succeed a while later.
    pub(crate) fn passes(&self) -> bool {
        matches!(self.cause(), Some(db::Error::Unavailable(_) | db::Error::Deadlock))
    }

    /// What the database said, if it was the database.
    pub(crate) fn cause(&self) -> Option<&db::Error> {
        match self {
            Self::Storage(failure) => Some(&failure.cause),
            _ => None,
        }
    }

    pub fn message(&self) -> String {
        match self {
            Self::Unauthenticated => "log in first: this needs a valid access token".into(),
            Self::Forbidden => "this is not for the viewer".into(),
            Self::Unavailable(reason) => (*reason).into(),
            Self::BadInput { field, reason } => format!("`{field}` {reason}"),
            Self::Gone { what } => format!("the {what} was deleted while this was under way: ask again"),
            Self::Storage(failure) => match failure.cause {
                db::Error::Unavailable(_) => "the service is not available right now, try again later".into(),
                db::Error::Deadlock => "too much was changed at the same time: try again".into(),
                db::Error::Timeout => "this took too long and was given up: ask for less at a time".into(),
                _ => "something went wrong on our side".into(),
            },
            Self::Internal(_) => "something went wrong on our side".into(),
        }
    }
}

impl From<db::Error> for Error {
    fn from(cause: db::Error) -> Self {
        Self::Storage(Arc::new(Failure { cause, logged: AtomicBool::new(false) }))
    }
}

/// The one door through which failures leave, hence the one place that logs them.
impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        match &error {
            Error::Storage(failure) if failure.logged.swap(true, Ordering::Relaxed) => {}
            Error::Storage(failure) => {
                tracing::error!(error.code = error.code(), error = %failure.cause, "request failed");
            }
            Error::Internal(cause) => tracing::error!(error.code = error.code(), error = cause, "request failed"),
            Error::Unauthenticated
            | Error::Forbidden
            | Error::BadInput { .. }
            | Error::Gone { .. }
            | Error::Unavailable(_) => {}
        }
        async_graphql::Error::new(error.message()).extend_with(|_, extensions| {
            extensions.set("code", error.code());
            if let Error::BadInput { field, .. } = error {
                extensions.set("field", field);
            }
        })
    }
}
