//! From what came of a GraphQL request back to HTTP.

use std::any::Any;
use std::collections::BTreeMap;

use async_graphql::{Response, ServerError, Value};
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use poem::http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

use super::media::MediaType;

const OUR_FAULT: &str = "something went wrong on our side";

/// Writes the response. This is where every error gets its `code`.
pub(super) fn write(mut response: Response, media_type: MediaType) -> poem::Response {
    response.errors.iter_mut().for_each(classify);
    let executed = executed(&response);
    let body =
        Body { data: executed.then_some(&response.data), errors: &response.errors, extensions: &response.extensions };
    let body = serde_json::to_vec(&body).expect("what GraphQL answers is JSON");
    let status = match response.errors.first() {
        Some(error) if !executed => status(code(error), media_type),
        _ => StatusCode::OK,
    };
    let mut written = poem::Response::builder().status(status).body(body);
    *written.headers_mut() = headers(response, media_type);
    written
}

/// What the client learns of a panic; the log learns its cause.
pub(super) fn of_panic(panic: &(dyn Any + Send)) -> Response {
    let message = panic.downcast_ref::<String>().map(String::as_str);
    let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = message.unwrap_or("of an unknown kind"), "a request panicked");
    let mut error = ServerError::new(OUR_FAULT, None);
    set_code(&mut error, "INTERNAL");
    Response::from_errors(vec![error])
}

#[derive(Serialize)]
struct Body<'a> {
    /// Absent, and not null, when nothing was executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

/// Whether an operation was run: async-graphql says `data: null` either way, but an error of a
/// field has a path.
fn executed(response: &Response) -> bool {
    response.data != Value::Null || response.errors.iter().any(|error| !error.path.is_empty())
}

/// The status of an operation that was not run. Under `application/json` a client expects 200 as
/// soon as the request was understood, unless it should come back with a token, or later.
fn status(code: &str, media_type: MediaType) -> StatusCode {
    match code {
        "UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
        "FORBIDDEN" => StatusCode::FORBIDDEN,
        "THROTTLED" => StatusCode::TOO_MANY_REQUESTS,
        "INTERNAL" => StatusCode::INTERNAL_SERVER_ERROR,
        "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
        "TIMEOUT" => StatusCode::GATEWAY_TIMEOUT,
        _ if media_type == MediaType::Json => StatusCode::OK,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn headers(response: Response, media_type: MediaType) -> HeaderMap {
    let cache_control = response.is_ok().then(|| response.cache_control.value()).flatten();
    let mut headers = response.http_headers;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type.content_type()));
    headers.append(VARY, HeaderValue::from_static("accept, accept-encoding"));
    if let Some(value) = cache_control.and_then(|value| value.parse().ok()) {
        headers.insert(CACHE_CONTROL, value);
    }
    headers
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

fn code(error: &ServerError) -> &str {
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

    async fn written(error: ServerError, media_type: MediaType) -> (u16, serde_json::Value) {
        let response = write(Response::from_errors(vec![error]), media_type);
        let status = response.status().as_u16();
        (status, response.into_body().into_json().await.expect("JSON"))
    }

    #[tokio::test]
    async fn what_was_not_run_has_no_data_and_a_status_that_says_why() {
        for (code, status, under_json) in
            [("COST_EXCEEDED", 400, 200), ("THROTTLED", 429, 429), ("UNAVAILABLE", 503, 503)]
        {
            for (media_type, expected) in [(MediaType::GraphqlResponse, status), (MediaType::Json, under_json)] {
                let mut error = ServerError::new("no", None);
                set_code(&mut error, code);
                let (status, body) = written(error, media_type).await;
                assert_eq!((status, body.get("data")), (expected, None), "{code}");
            }
        }
    }

    #[tokio::test]
    async fn a_field_that_failed_was_run() {
        let mut error = ServerError::new("no", None);
        error.path = vec![async_graphql::PathSegment::Field("shop".into())];
        let (status, body) = written(error, MediaType::GraphqlResponse).await;
        assert_eq!((status, body.get("data")), (200, Some(&serde_json::Value::Null)));
    }

    #[tokio::test]
    async fn an_error_that_is_not_ours_is_not_shown() {
        let stranger = async_graphql::Error::from(std::io::Error::other("the cause"));
        let error = stranger.into_server_error(async_graphql::Pos::default());
        let (status, body) = written(error, MediaType::Json).await;
        assert_eq!(status, 500);
        assert_eq!(body["errors"][0]["message"], OUR_FAULT);
        assert_eq!(body["errors"][0]["extensions"]["code"], "INTERNAL");
    }
}
