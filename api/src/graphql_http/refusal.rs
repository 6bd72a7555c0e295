//! What HTTP says to a request that is no GraphQL request, or not for this endpoint.

use std::borrow::Cow;

use async_graphql::{Response, ServerError};
use poem::http::header::ALLOW;
use poem::http::{HeaderValue, StatusCode};

use super::media::MediaType;
use super::response;

#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: Cow<'static, str>,
    /// The methods to use instead.
    allow: Option<&'static str>,
}

impl Refusal {
    pub(super) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn method_not_allowed(allow: &'static str, message: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, message) }
    }

    pub(super) fn not_acceptable() -> Self {
        let message = "responses are `application/graphql-response+json` or `application/json`";
        Self::new(StatusCode::NOT_ACCEPTABLE, message)
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("the body is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    pub(super) fn unsupported_media_type() -> Self {
        let message = "send the request as `Content-Type: application/json` in UTF-8";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
    }

    pub(crate) fn no_events() -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, "responses are `text/event-stream`")
    }

    /// The refusal as JSON, to who asked for something else.
    pub(crate) fn into_json(self) -> poem::Response {
        self.into_response(MediaType::Json)
    }

    fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: message.into(), allow: None }
    }

    pub(super) fn into_response(self, media_type: MediaType) -> poem::Response {
        let errors = vec![ServerError::new(self.message, None)];
        let mut response = response::write(Response::from_errors(errors), media_type);
        response.set_status(self.status);
        if let Some(allow) = self.allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}
