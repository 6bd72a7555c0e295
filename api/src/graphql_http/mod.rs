//! GraphQL over HTTP, as <https://graphql.github.io/graphql-over-http/draft/> has it.
//!
//! A request passes four stations: `media` agrees on the language of the answer, `request` reads the
//! parameters, `document` parses what they ask, and the caller runs it. `response` writes what came
//! of that; a `Refusal` is what HTTP says to a request that never got so far.
//!
//! Where the draft of 2026 and the audit of the `graphql-http` package disagree, the audit wins, for
//! it is what clients are used to: a faulty document gets 400 rather than 422, and 200 under
//! `application/json`; what succeeded in part gets 200 rather than 294.

mod defaults;
mod document;
mod expansion;
mod media;
mod nesting;
mod nulls;
mod order;
mod refusal;
mod request;
mod response;
mod types;

use std::panic::AssertUnwindSafe;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use futures_util::FutureExt;
use poem::Body;
use poem::http::header::WWW_AUTHENTICATE;
use poem::http::{HeaderValue, Method};

pub use types::Types;

use media::MediaType;
use refusal::Refusal;

/// Answers one HTTP request with what `run` makes of the GraphQL request in it.
///
/// Only a parsed query or mutation reaches `run`, which adds what belongs to the request (the
/// viewer, the loaders) and executes it. A panic in there costs its own request and no other.
pub async fn answer<Run, Running>(
    request: &poem::Request,
    body: Body,
    body_limit: usize,
    types: &Types,
    run: Run,
) -> poem::Response
where
    Run: FnOnce(Request) -> Running,
    Running: Future<Output = Response>,
{
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
    let media_type = MediaType::negotiate(request.headers()).unwrap_or(MediaType::Json);
    let mut error = async_graphql::ServerError::new(reason, None);
    error.extensions.get_or_insert_default().set("code", "UNAUTHENTICATED");
    let mut response = response::write(Response::from_errors(vec![error]), media_type);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

async fn attempt<Run, Running>(
    request: &poem::Request,
    body: Body,
    body_limit: usize,
    types: &Types,
    run: Run,
) -> Result<Response, Refusal>
where
    Run: FnOnce(Request) -> Running,
    Running: Future<Output = Response>,
{
    let mut asked = request::read(request, body, body_limit).await?;
    let parsed = match document::parse(&mut asked) {
        Ok(parsed) => parsed,
        Err(error) => return Ok(Response::from_errors(vec![error])),
    };
    match parsed.operation_type {
        // A GET may be sent by any page through a mere link, so it must not change anything.
        OperationType::Mutation if request.method() == Method::GET => {
            return Err(Refusal::method_not_allowed("POST", "mutations are sent by POST"));
        }
        OperationType::Subscription => {
            return Err(Refusal::bad_request("subscriptions are not served at this endpoint"));
        }
        OperationType::Query | OperationType::Mutation => {}
    }
    let running = AssertUnwindSafe(async { run(asked).await });
    let mut response = running.catch_unwind().await.unwrap_or_else(|panic| response::of_panic(&*panic));
    nulls::complete(&mut response.data, &response.errors, &parsed, types);
    order::arrange(&mut response.data, &parsed.selection, &parsed.fragments);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_costs_its_own_request_and_tells_the_client_nothing() {
        async fn panics(_: Request) -> Response {
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
