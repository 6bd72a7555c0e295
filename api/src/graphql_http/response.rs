//! From what came of a GraphQL request back to HTTP.

use async_graphql::Response;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use poem::http::{HeaderMap, HeaderValue, StatusCode};

use super::media::MediaType;
use crate::graphql::{Said, code};

/// Writes the response.
pub(super) fn write(mut response: Response, media_type: MediaType) -> poem::Response {
    let said = Said::of(&mut response);
    let (body, executed) = (said.to_json(), said.was_run());
    let status = match response.errors.first() {
        Some(error) if !executed => status(code(error), media_type),
        _ => StatusCode::OK,
    };
    let mut written = poem::Response::builder().status(status).body(body);
    *written.headers_mut() = headers(response, media_type);
    written
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

#[cfg(test)]
mod tests {
    use async_graphql::{PathSegment, ServerError};

    use super::*;
    use crate::graphql::error;

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
                let (status, body) = written(error(code, "no"), media_type).await;
                assert_eq!((status, body.get("data")), (expected, None), "{code}");
            }
        }
    }

    #[tokio::test]
    async fn a_field_that_failed_was_run() {
        let error = ServerError::new("no", None).with_path(vec![PathSegment::Field("shop".into())]);
        let (status, body) = written(error, MediaType::GraphqlResponse).await;
        assert_eq!((status, body.get("data")), (200, Some(&serde_json::Value::Null)));
    }
}
