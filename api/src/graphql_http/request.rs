//! From HTTP to the parameters of a GraphQL request.

use async_graphql::{Request, Value};
use poem::Body;
use poem::error::ReadBodyError;
use poem::http::Method;
use serde::Deserialize;

use super::media;
use super::refusal::Refusal;
use crate::graphql::Parameters;

/// Reads the parameters, from the URL or from a body of at most `body_limit` bytes.
pub(crate) async fn read(request: &poem::Request, body: Body, body_limit: usize) -> Result<Request, Refusal> {
    let parameters = match *request.method() {
        Method::GET => from_url(request)?,
        Method::POST => {
            if !media::is_json(request.headers()) {
                return Err(Refusal::unsupported_media_type());
            }
            from_body(body, body_limit).await?
        }
        _ => return Err(Refusal::method_not_allowed("GET, POST", "use GET or POST")),
    };
    parameters.into_request().map_err(Refusal::bad_request)
}

async fn from_body(body: Body, limit: usize) -> Result<Parameters, Refusal> {
    // Counted while it is read, since a chunked body does not say its length.
    let body = body.into_bytes_limit(limit).await.map_err(|error| match error {
        ReadBodyError::PayloadTooLarge => Refusal::too_large(limit),
        _ => Refusal::bad_request("the body could not be read"),
    })?;
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(Refusal::bad_request("batches are not served: send one request at a time"));
    }
    serde_json::from_slice(&body).map_err(|error| Refusal::bad_request(format!("the body is not a request: {error}")))
}

fn from_url(request: &poem::Request) -> Result<Parameters, Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Encoded {
        query: String,
        operation_name: String,
        variables: String,
        extensions: String,
    }

    let encoded: Encoded =
        request.params().map_err(|error| Refusal::bad_request(format!("the URL is not a request: {error}")))?;
    Ok(Parameters {
        query: text(encoded.query),
        operation_name: text(encoded.operation_name),
        variables: json("variables", &encoded.variables)?,
        extensions: json("extensions", &encoded.extensions)?,
    })
}

/// In a URL, what is empty is as good as absent.
fn text(encoded: String) -> Value {
    if encoded.is_empty() { Value::Null } else { Value::String(encoded) }
}

fn json(parameter: &str, encoded: &str) -> Result<Value, Refusal> {
    if encoded.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(encoded).map_err(|error| Refusal::bad_request(format!("`{parameter}` is not JSON: {error}")))
}
