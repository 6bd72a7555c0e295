//! From HTTP to the parameters of a GraphQL request.

use async_graphql::{Extensions, Request, Value, Variables};
use poem::Body;
use poem::error::ReadBodyError;
use poem::http::Method;
use serde::Deserialize;

use super::media;
use super::refusal::Refusal;

/// Reads the parameters, from the URL or from a body of at most `body_limit` bytes.
pub(super) async fn read(request: &poem::Request, body: Body, body_limit: usize) -> Result<Request, Refusal> {
    let parameters = match *request.method() {
        Method::GET => Parameters::from_url(request)?,
        Method::POST => {
            if !media::is_json(request.headers()) {
                return Err(Refusal::unsupported_media_type());
            }
            Parameters::from_body(body, body_limit).await?
        }
        _ => return Err(Refusal::method_not_allowed("GET, POST", "use GET or POST")),
    };
    parameters.into_request()
}

/// The parameters by name, of any type yet, so that a wrong one can be named in the refusal.
///
/// Others may come with them: a later specification may give them meaning.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object with the member `query`")]
struct Parameters {
    query: Value,
    operation_name: Value,
    variables: Value,
    extensions: Value,
}

impl Parameters {
    async fn from_body(body: Body, limit: usize) -> Result<Self, Refusal> {
        // Counted while it is read, since a chunked body does not say its length.
        let body = body.into_bytes_limit(limit).await.map_err(|error| match error {
            ReadBodyError::PayloadTooLarge => Refusal::too_large(limit),
            _ => Refusal::bad_request("the body could not be read"),
        })?;
        if body.trim_ascii_start().starts_with(b"[") {
            return Err(Refusal::bad_request("batches are not served: send one request at a time"));
        }
        serde_json::from_slice(&body)
            .map_err(|error| Refusal::bad_request(format!("the body is not a request: {error}")))
    }

    fn from_url(request: &poem::Request) -> Result<Self, Refusal> {
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
        Ok(Self {
            query: text(encoded.query),
            operation_name: text(encoded.operation_name),
            variables: json("variables", &encoded.variables)?,
            extensions: json("extensions", &encoded.extensions)?,
        })
    }

    fn into_request(self) -> Result<Request, Refusal> {
        let query = match self.query {
            Value::String(query) => query,
            Value::Null => return Err(Refusal::bad_request("`query` is missing")),
            _ => return Err(must_be("query", "a string")),
        };
        let mut request = Request::new(query);
        request.operation_name = match self.operation_name {
            Value::Null => None,
            Value::String(name) => Some(name),
            _ => return Err(must_be("operationName", "a string")),
        };
        request.variables = match self.variables {
            variables @ (Value::Null | Value::Object(_)) => Variables::from_value(variables),
            _ => return Err(must_be("variables", "an object")),
        };
        request.extensions = match self.extensions {
            Value::Null => Extensions::default(),
            Value::Object(entries) => {
                Extensions(entries.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
            }
            _ => return Err(must_be("extensions", "an object")),
        };
        Ok(request)
    }
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

fn must_be(parameter: &str, expected: &str) -> Refusal {
    Refusal::bad_request(format!("`{parameter}` must be {expected}"))
}
