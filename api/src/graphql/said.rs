use std::any::Any;
use std::collections::BTreeMap;

use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use crate::doors;

const OUR_FAULT: &str = "something went wrong on our side";

/// A response as JSON has it.
#[derive(Serialize)]
pub(crate) struct Said<'a> {
    /// Absent, and not null, when nothing was executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

impl<'a> Said<'a> {
    /// This is where every error of a response gets its `code`, and goes out.
    pub(crate) fn of(response: &'a mut Response) -> Self {
        for error in &mut response.errors {
            classify(error);
            doors::go_out(error);
        }
        let executed = was_executed(response);
        Self { data: executed.then_some(&response.data), errors: &response.errors, extensions: &response.extensions }
    }

    /// Whether an operation was run.
    pub(crate) fn was_run(&self) -> bool {
        self.data.is_some()
    }

    pub(crate) fn errors(&self) -> &'a [ServerError] {
        self.errors
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("what GraphQL answers is JSON")
    }
}

/// An error of ours that no resolver made.
pub(crate) fn error(code: &str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    error
}

/// What the client learns of a panic; the log has learnt where it was.
pub(super) fn of_panic(_panic: &(dyn Any + Send)) -> Response {
    tracing::error!(error.code = "INTERNAL", "a request panicked");
    Response::from_errors(vec![error("INTERNAL", OUR_FAULT)])
}

/// async-graphql says `data: null` of what was not executed as well, but an error of a field has a path.
pub(crate) fn was_executed(response: &Response) -> bool {
    response.data != Value::Null || response.errors.iter().any(|error| !error.path.is_empty())
}

/// Gives a code to an error that has none. Ours have theirs from `Error`, so what is left is what
/// async-graphql says of a bad request, and a stranger that slipped through a resolver's `?`: that
/// is a bug, and what it says is not for the client.
fn classify(error: &mut ServerError) {
    if !code(error).is_empty() {
        return;
    }
    if error.source.is_none() {
        return set_code(error, "BAD_INPUT");
    }
    tracing::error!(error = error.message, "an error left a resolver without a code");
    error.message = OUR_FAULT.into();
    set_code(error, "INTERNAL");
}

pub(crate) fn code(error: &ServerError) -> &str {
    match error.extensions.as_ref().and_then(|extensions| extensions.get("code")) {
        Some(Value::String(code)) => code,
        _ => "",
    }
}

fn set_code(error: &mut ServerError, code: &str) {
    error.extensions.get_or_insert_default().set("code", code);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_is_not_ours_is_not_shown() {
        let stranger = async_graphql::Error::from(std::io::Error::other("the cause"));
        let error = stranger.into_server_error(async_graphql::Pos::default());
        let mut response = Response::from_errors(vec![error]);
        let said = serde_json::to_value(Said::of(&mut response)).expect("JSON");
        assert_eq!(said["errors"][0]["message"], OUR_FAULT);
        assert_eq!(said["errors"][0]["extensions"]["code"], "INTERNAL");
    }
}
