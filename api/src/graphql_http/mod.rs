//! GraphQL over HTTP, as <https://graphql.github.io/graphql-over-http/draft/> has it.
//!
//! `media` agrees on the language of the answer, `request` reads the parameters, the caller runs the operation in them, and
//! `response` writes what came of that; a `Refusal` is what HTTP says to a request that never got so far.
//!
//! Where the draft of 2026 and the audit of the `graphql-http` package disagree, the audit wins, for
//! it is what clients are used to: a faulty document gets 400 rather than 422, and 200 under
//! `application/json`; what succeeded in part gets 200 rather than 294.

mod media;
mod refusal;
mod request;
mod response;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use poem::Body;
use poem::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use poem::http::{HeaderValue, Method};

use crate::graphql::{self, Operation, Outline, Types};
use media::MediaType;

pub(crate) use media::{accepts_events, wants_events};
pub(crate) use refusal::Refusal;
pub(crate) use request::read;

/// Answers one HTTP request with what `run` makes of the GraphQL request in it.
///
/// Only a parsed query or mutation reaches `run`, which adds what belongs to the request (the
/// viewer, the loaders) and executes it. A panic in there costs its own request and no other.
pub(crate) async fn answer(
    request: &poem::Request,
    body: Body,
    body_limit: usize,
    types: &Types,
    run: impl AsyncFnOnce(Request, Outline) -> Response,
) -> poem::Response {
    let Some(media_type) = MediaType::negotiate(request.headers()) else {
        return Refusal::not_acceptable().into_response(MediaType::Json);
    };
    match attempt(request, body, body_limit, types, run).await {
        Ok(response) => response::write(response, media_type),
        Err(refusal) => refusal.into_response(media_type),
    }
}

/// Answers a request whose sender is not who they claim to be.
pub fn unauthenticated(request: &poem::Request, reason: &str) -> poem::Response {
    let mut response = failed(request, "UNAUTHENTICATED", reason);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// Answers a request of which there are too many.
pub(crate) fn throttled(request: &poem::Request, reason: &str) -> poem::Response {
    let mut response = failed(request, "THROTTLED", reason);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
    response
}

fn failed(request: &poem::Request, code: &str, reason: &str) -> poem::Response {
    let media_type = MediaType::negotiate(request.headers()).unwrap_or(MediaType::Json);
    response::write(Response::from_errors(vec![graphql::error(code, reason)]), media_type)
}

async fn attempt(
    request: &poem::Request,
    body: Body,
    body_limit: usize,
    types: &Types,
    run: impl AsyncFnOnce(Request, Outline) -> Response,
) -> Result<Response, Refusal> {
    let operation = match Operation::parse(read(request, body, body_limit).await?, types) {
        Ok(operation) => operation,
        Err(error) => return Ok(Response::from_errors(vec![error])),
    };
    if operation.kind() == OperationType::Subscription {
        let message =
            "subscriptions are not served as JSON: open a socket at `/graphql/ws`, or accept `text/event-stream`";
        return Err(Refusal::bad_request(message));
    }
    check_method(request, &operation)?;
    Ok(operation.response(types, run).await)
}

/// A GET may be sent by any page through a mere link, so it must not change anything.
pub(crate) fn check_method(request: &poem::Request, operation: &Operation) -> Result<(), Refusal> {
    if operation.kind() == OperationType::Mutation && request.method() == Method::GET {
        return Err(Refusal::method_not_allowed("POST", "mutations are sent by POST"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_costs_its_own_request_and_tells_the_client_nothing() {
        async fn panics(_: Request, _: Outline) -> Response {
            panic!("the cause")
        }

        let request = poem::Request::builder().uri_str("/?query=%7B__typename%7D").finish();
        let response = answer(&request, Body::empty(), 0, &Types::default(), panics).await;

        assert_eq!(response.status().as_u16(), 500);
        let body = response.into_body().into_string().await.expect("a body");
        let expected =
            r#"{"errors":[{"message":"something went wrong on our side","extensions":{"code":"INTERNAL"}}]}"#;
        assert_eq!(body, expected);
    }
}
