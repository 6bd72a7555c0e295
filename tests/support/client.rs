use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::TestApp;

/// Somebody who sends requests.
pub struct Client<'app> {
    app: &'app TestApp,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl<'app> Client<'app> {
    pub(crate) fn new(app: &'app TestApp, token: Option<String>) -> Self {
        Self { app, token }
    }

    /// Runs an operation that must succeed, and returns its data.
    #[track_caller]
    pub fn run(&self, query: &str, variables: Value) -> impl Future<Output = Value> {
        let body = json!({ "query": query, "variables": variables });
        let answer = self.post(body);
        async move {
            let mut answer = answer.await;
            assert!(answer.body["errors"].is_null(), "{:#}", answer.body);
            answer.body["data"].take()
        }
    }

    /// Runs an operation that must fail, and returns its first error.
    pub async fn fail(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.post(json!({ "query": query, "variables": variables })).await;
        assert!(answer.body["errors"].is_array(), "expected an error, but got {:#}", answer.body);
        answer.body["errors"][0].take()
    }

    /// Runs a mutation that must succeed, and returns the `fields` of its payload.
    pub async fn mutate(&self, mutation: &str, input: Value, fields: &str) -> Value {
        let payload = self.attempt(mutation, input, fields).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        payload
    }

    /// Runs a mutation that must do nothing, and returns the codes and the fields of its reasons, such as `CONFLICT input.handle`.
    pub async fn refused(&self, mutation: &str, input: Value) -> Vec<String> {
        let payload = self.attempt(mutation, input, "").await;
        let reasons = payload["userErrors"].as_array().expect("reasons").iter();
        let reasons: Vec<_> = reasons.map(reason).collect();
        assert!(!reasons.is_empty(), "{mutation} did it");
        reasons
    }

    /// Runs a mutation, whatever comes of it.
    pub async fn attempt(&self, mutation: &str, input: Value, fields: &str) -> Value {
        self.run(&document(mutation, fields), json!({ "input": input })).await[mutation].take()
    }

    /// How many SQL statements an operation takes that must succeed.
    pub async fn statements(&self, query: &str, variables: Value) -> u64 {
        let answer = self.post(json!({ "query": query, "variables": variables })).await;
        assert!(answer.body["errors"].is_null(), "{:#}", answer.body);
        let timing = answer.headers["server-timing"].to_str().expect("text");
        let (_, description) = timing.split_once("desc=\"").expect("a description");
        let (count, _) = description.split_once(' ').expect("a number and a word");
        count.parse().expect("a number")
    }

    pub async fn post(&self, body: Value) -> Answer {
        let body = body.to_string().into_bytes();
        self.send(Method::POST, "/graphql", &[("content-type", "application/json")], body).await
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        let response = self.response(method, path, headers, body).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.expect("a body");
        Answer { status, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
    }

    /// The body as it came.
    pub async fn text(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> String {
        self.response(method, path, headers, body).await.text().await.expect("a body")
    }

    /// The answer as soon as it begins.
    pub async fn response(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> reqwest::Response {
        let mut request = self.app.http.request(method, format!("{}{path}", self.app.address)).body(body.into());
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a name");
            request = request.header(name, HeaderValue::from_str(value).expect("a value"));
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request.send().await.expect("an answer")
    }
}

/// A mutation with its input in a variable.
pub fn document(mutation: &str, fields: &str) -> String {
    let (first, rest) = mutation.split_at(1);
    let input = format!("{}{rest}Input", first.to_uppercase());
    format!(
        "mutation ($input: {input}!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ code field message retryAfterMs }} }} }}"
    )
}

/// A `UserError` in short.
fn reason(error: &Value) -> String {
    let path: Vec<_> = error["field"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    format!("{} {}", error["code"].as_str().unwrap_or_default(), path.join(".")).trim().to_owned()
}
