//! What a mutation tells about an input that it could not act on.

use async_graphql::{Enum, SimpleObject};
use chrono::TimeDelta;

use crate::Error;

/// Why a mutation did nothing, for a program to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ErrorCode {
    /// The field has a value that it must not have. The message says what is expected.
    BadInput,
    /// What the field names does not exist, or the viewer can't see it.
    NotFound,
    /// It exists, but is not for the viewer to change.
    Forbidden,
    /// It would contradict what is there already, such as a handle that somebody else has.
    Conflict,
    /// It was changed since you loaded it: load it again, and apply the change to that.
    StaleVersion,
    /// It was done before, and can be done but once.
    AlreadyDone,
    /// The password, the address, or the refresh token is wrong. Which of them is not told.
    CredentialsInvalid,
    /// The code is wrong or no longer valid, or was tried too often: request another.
    CodeInvalid,
    /// A code was sent a moment ago, or too many of late: wait for `retryAfterMs`.
    CodeThrottled,
    /// The idempotency key came with another input before: use a new key for each intent.
    IdempotencyMismatch,
}

/// One reason why a mutation did nothing.
#[derive(Clone, Debug, PartialEq, SimpleObject)]
pub struct UserError {
    /// What kind of reason it is.
    pub code: ErrorCode,
    /// The path to the field at fault, such as `["input", "rating"]`; null if no single one is.
    pub field: Option<Vec<String>>,
    /// A sentence in English for developers; do not show it to people, and do not parse it.
    pub message: String,
    /// After how many milliseconds another attempt may succeed; null if that is not a matter of time.
    pub retry_after_ms: Option<i32>,
}

/// Why a mutation does nothing: reasons for its client, or an error like that of any other field.
#[derive(Debug)]
pub enum Refusal {
    Input(Vec<UserError>),
    Error(Error),
}

impl UserError {
    /// `field` is the path within the input, with dots: `location.lat`.
    pub fn new(code: ErrorCode, field: &str, message: impl Into<String>) -> Self {
        let path = std::iter::once("input").chain(field.split('.')).map(str::to_owned).collect();
        Self { code, field: Some(path), message: message.into(), retry_after_ms: None }
    }

    /// `reason` says what is wrong with the field, which is its subject.
    pub fn bad_input(field: &str, reason: impl std::fmt::Display) -> Self {
        Self::new(ErrorCode::BadInput, field, format!("`{field}` {reason}"))
    }

    pub fn not_found(field: &str, what: &str) -> Self {
        Self::new(ErrorCode::NotFound, field, format!("there is no such {what}"))
    }

    pub fn forbidden(field: &str, message: &str) -> Self {
        Self::new(ErrorCode::Forbidden, field, message)
    }

    pub fn without_field(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, field: None, message: message.into(), retry_after_ms: None }
    }

    pub fn after(self, wait: TimeDelta) -> Self {
        let millis = wait.num_milliseconds().clamp(0, i32::MAX.into());
        Self { retry_after_ms: i32::try_from(millis).ok(), ..self }
    }
}

impl From<UserError> for Refusal {
    fn from(error: UserError) -> Self {
        Self::Input(vec![error])
    }
}

impl From<Vec<UserError>> for Refusal {
    fn from(errors: Vec<UserError>) -> Self {
        Self::Input(errors)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Broken by whoever has a token but no longer an account.
pub const VIEWER_EXISTS: &[&str] =
    &["check_ins_user_exists", "idempotency_keys_user_exists", "reports_reporter_exists", "reviews_author_exists"];

impl From<db::Error> for Refusal {
    fn from(error: db::Error) -> Self {
        match &error {
            // The viewer's: nobody writes to that of another.
            db::Error::Missing("account") => Error::Unauthenticated.into(),
            db::Error::Constraint(name) if VIEWER_EXISTS.contains(&name.as_str()) => Error::Unauthenticated.into(),
            db::Error::KeyReused => UserError::new(
                ErrorCode::IdempotencyMismatch,
                "idempotencyKey",
                "this key came with another input before: use a new key for each intent",
            )
            .into(),
            _ => Error::from(error).into(),
        }
    }
}

/// Turns what the database refuses into what the client is told.
pub trait Explain<T>: Sized {
    /// Explains the violation of a constraint.
    fn on_constraint(self, name: &str, explanation: UserError) -> Result<T, Refusal>;

    /// Explains that something which the field names does not exist.
    fn on_missing(self, what: &str, field: &str) -> Result<T, Refusal>;

    /// Explains that what the field names is not the viewer's to change.
    fn on_forbidden(self, explanation: UserError) -> Result<T, Refusal>;

    /// Explains that there are as many as there may be.
    fn on_too_many(self, explanation: UserError) -> Result<T, Refusal>;

    /// Explains that what is to be changed was changed already.
    fn on_stale(self) -> Result<T, Refusal>;
}

impl<T, E: Into<Refusal>> Explain<T> for Result<T, E> {
    fn on_constraint(self, name: &str, explanation: UserError) -> Result<T, Refusal> {
        explain(self, |cause| cause.violates(name).then_some(explanation))
    }

    fn on_missing(self, what: &str, field: &str) -> Result<T, Refusal> {
        let is_missing = |cause: &db::Error| matches!(cause, db::Error::Missing(missing) if *missing == what);
        explain(self, |cause| is_missing(cause).then(|| UserError::not_found(field, what)))
    }

    fn on_forbidden(self, explanation: UserError) -> Result<T, Refusal> {
        explain(self, |cause| matches!(cause, db::Error::Forbidden).then_some(explanation))
    }

    fn on_too_many(self, explanation: UserError) -> Result<T, Refusal> {
        explain(self, |cause| matches!(cause, db::Error::TooMany).then_some(explanation))
    }

    fn on_stale(self) -> Result<T, Refusal> {
        let is_stale = |cause: &db::Error| matches!(cause, db::Error::Stale);
        let message = "it was changed since you loaded it: load it again, and apply the change to that";
        explain(self, |cause| is_stale(cause).then(|| UserError::new(ErrorCode::StaleVersion, "version", message)))
    }
}

fn explain<T, E: Into<Refusal>>(
    result: Result<T, E>,
    explanation: impl FnOnce(&db::Error) -> Option<UserError>,
) -> Result<T, Refusal> {
    result.map_err(|error| match error.into() {
        Refusal::Error(error) => match error.cause().and_then(explanation) {
            Some(explained) => explained.into(),
            None => error.into(),
        },
        refusal => refusal,
    })
}
