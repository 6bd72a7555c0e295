//! The endpoint as HTTP sees it. What the audit of `tests/e2e` asks is asked there.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, TestApp};

const JSON: &str = "application/json";
const RESPONSE: &str = "application/graphql-response+json";
const NAMED: &str = "query ($name: String!) { __type(name: $name) { name } }";

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_what_became_of_a_request() {
    let app = TestApp::new().await;
    let post = |body: &'static str| (Method::POST, "/graphql", body);
    let get = |url: &'static str| (Method::GET, url, "");
    // Each with its status under `application/graphql-response+json` and under `application/json`.
    for ((method, url, body), response, json) in [
        (post(r#"{"query":"{ __typename }"}"#), 200, 200),
        (post(r#"{"query":"{ __typename }","variables":null,"operationName":null}"#), 200, 200),
        (post(r#"{"query":"{ __typename }","unheardOf":1}"#), 200, 200),
        (post(r#"{"query":"query A { __typename } query B { __typename }"}"#), 400, 200),
        (post(r#"{"query":"query A { __typename }","operationName":"B"}"#), 400, 200),
        (post(r#"{"query":"{"}"#), 400, 200),
        (post(r#"{"query":"{ noSuchField }"}"#), 400, 200),
        (post(r#"{"query":"query ($n: Int!) { __typename @include(if: true) }"}"#), 400, 200),
        (post(r#"{"query":"subscription { __typename }"}"#), 400, 400),
        (post(r#"{"query":1}"#), 400, 400),
        (post(r#"{"variables":{}}"#), 400, 400),
        (post(r#"{"query":"{ __typename }","operationName":[]}"#), 400, 400),
        (post(r#"{"query":"{ __typename }","variables":"{}"}"#), 400, 400),
        (post(r#"{"query":"{ __typename }","extensions":false}"#), 400, 400),
        (post(r#"{"query":"{ __typename }""#), 400, 400),
        (post(r#""{ __typename }""#), 400, 400),
        (post(""), 400, 400),
        (get("/graphql?query=%7B__typename%7D"), 200, 200),
        (get("/graphql?query=%7B__typename%7D&operationName=&variables=&extensions="), 200, 200),
        (get("/graphql?query=%7B"), 400, 200),
        (get("/graphql?query=%7B__typename%7D&variables=%7B"), 400, 400),
        (get("/graphql?query=%7B__typename%7D&variables=7"), 400, 400),
        (get("/graphql"), 400, 400),
        (get("/graphql?query=mutation%7B__typename%7D"), 405, 405),
        ((Method::HEAD, "/graphql", ""), 405, 405),
        ((Method::PUT, "/graphql", r#"{"query":"{ __typename }"}"#), 405, 405),
    ] {
        for (accept, expected) in [(RESPONSE, response), (JSON, json)] {
            let headers = [("content-type", JSON), ("accept", accept)];
            let Answer { status, headers, .. } = app.anonymous().send(method.clone(), url, &headers, body).await;
            assert_eq!(status.as_u16(), expected, "{method} {url} {body} as {accept}");
            assert_eq!(headers["content-type"], format!("{accept}; charset=utf-8"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_chooses_the_media_type() {
    let app = TestApp::new().await;
    for (accept, expected) in [
        ("*/*", JSON),
        ("application/json, text/plain, */*", JSON),
        ("application/graphql-response+json;q=0.1, application/json", JSON),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE),
        ("application/json;q=0, application/*", RESPONSE),
    ] {
        let (url, headers) = ("/graphql?query=%7B__typename%7D", [("accept", accept)]);
        let Answer { status, headers, .. } = app.anonymous().send(Method::GET, url, &headers, "").await;
        assert_eq!(status, StatusCode::OK, "{accept}");
        assert_eq!(headers["content-type"], format!("{expected}; charset=utf-8"), "{accept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_accepts_neither_media_type_gets_none() {
    let app = TestApp::new().await;
    let headers = [("accept", "text/html, application/json;q=0")];
    let Answer { status, .. } =
        app.anonymous().send(Method::GET, "/graphql?query=%7B__typename%7D", &headers, "").await;
    assert_eq!(status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_form_can_send_is_refused() {
    let app = TestApp::new().await;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
    ] {
        let headers = [("content-type", content_type)];
        let body = r#"{"query":"mutation { __typename }"}"#;
        let Answer { status, body: answer, .. } = app.anonymous().send(Method::POST, "/graphql", &headers, body).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT");
    }
    let Answer { status, .. } = app.anonymous().send(Method::POST, "/graphql", &[], "{}").await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "no content type");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_is_not_run_by_a_link() {
    let app = TestApp::new().await;
    let two = "/graphql?query=query%20A%7B__typename%7Dmutation%20B%7B__typename%7D&operationName";
    let Answer { status, headers, body: answer } =
        app.anonymous().send(Method::GET, &format!("{two}=B"), &[], "").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(headers["allow"], "POST");
    assert_eq!(answer.get("data"), None);

    let Answer { status, .. } = app.anonymous().send(Method::GET, &format!("{two}=A"), &[], "").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_told_which_to_use() {
    let app = TestApp::new().await;
    let Answer { status, headers, .. } = app.anonymous().send(Method::PATCH, "/graphql", &[], "").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(headers["allow"], "GET, POST");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_what_is_wrong() {
    let app = TestApp::new().await;
    for (body, expected) in [
        (&br#"[{"query":"{ __typename }"}]"#[..], "batches are not served"),
        (br#"{"query":"{ __typename }","variables":[7]}"#, "`variables` must be an object"),
        (br#"{"query":"{ __typename }","operationName":7}"#, "`operationName` must be a string"),
        (br#"{"query":"{ __typename }","extensions":7}"#, "`extensions` must be an object"),
        (br#"{"qeury":"{ __typename }"}"#, "`query` is missing"),
        (b"{\n\"query\" \"{ __typename }\"}", "line 2 column 9"),
        (b"{\"query\":\"{ __typename } #\xff\"}", "line 1 column"),
        (br#"{"query":"subscription { __typename }"}"#, "subscriptions are not served"),
    ] {
        let answer = post(&app, body).await;
        let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(message.contains(expected), "{message}, and not {expected}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT", "{message}");
        assert_eq!(answer.get("data"), None, "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_variable_is_missed_before_anything_runs() {
    let app = TestApp::new().await;
    for variables in [json!({}), json!({ "name": null }), json!({ "other": "Shop" })] {
        let answer = post(&app, json!({ "query": NAMED, "variables": variables }).to_string()).await;
        assert_eq!(answer["errors"][0]["message"], "the variable `$name` is required");
        assert_eq!(answer.get("data"), None);
    }
    let request = json!({ "query": NAMED, "variables": { "name": "NoSuchType" } });
    assert_eq!(post(&app, request.to_string()).await, json!({ "data": { "__type": null } }));
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_nesting_is_refused_before_it_can_overflow_the_stack() {
    let app = TestApp::new().await;
    for (open, close) in [("{a", "}"), ("{a(b:[", "])}"), ("{a(b:{c:", "})}"), ("{...{", "}}")] {
        for close in ["", close] {
            let query = format!("{}{}", open.repeat(50_000), close.repeat(50_000));
            let answer = post(&app, json!({ "query": query }).to_string()).await;
            assert_eq!(answer["errors"][0]["message"], "the document is nested more than 64 deep");
        }
    }
    let lists = "[".repeat(100_000);
    let answer = post(&app, format!(r#"{{"query":"{{ __typename }}","variables":{lists}"#)).await;
    let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("recursion limit exceeded"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn brackets_in_strings_do_not_count_as_nesting() {
    let app = TestApp::new().await;
    let smile = ":( ".repeat(1_000);
    for literal in [format!(r#""{smile}""#), format!(r#""""{smile}\"""{smile}""""#)] {
        let query = format!("{{ __type(name: {literal}) {{ name }} }} # {smile}");
        let answer = post(&app, json!({ "query": query }).to_string()).await;
        assert_eq!(answer, json!({ "data": { "__type": null } }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_above_the_limit_is_refused() {
    let app = TestApp::new().await;
    let body = format!(r#"{{"query":"{{ __typename }}"{}}}"#, " ".repeat(2 << 20));
    let headers = [("content-type", JSON)];
    let Answer { status, body: answer, .. } = app.anonymous().send(Method::POST, "/graphql", &headers, body).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_syntax_error_does_not_repeat_the_document() {
    let app = TestApp::new().await;
    let answer = post(&app, json!({ "query": "{ secret( }" }).to_string()).await;
    assert!(!answer.to_string().contains("secret"), "{answer}");
    assert_eq!(answer["errors"][0]["locations"], json!([{ "line": 1, "column": 11 }]));
}

async fn post(app: &TestApp, body: impl Into<Vec<u8>>) -> Value {
    app.anonymous().send(Method::POST, "/graphql", &[("content-type", JSON)], body).await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_chain_of_fragments_is_refused() {
    let app = TestApp::new().await;
    let fragments: String = (0..101).map(|n| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1)).collect();
    let query = format!("{{ __typename }} {fragments} fragment F101 on Query {{ __typename }}");
    let answer = post(&app, json!({ "query": query }).to_string()).await;
    assert_eq!(answer["errors"][0]["message"], "the document has more than 100 fragments");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_come_in_the_order_in_which_they_were_asked_for() {
    let app = TestApp::new().await;
    app.shop("Noodles").await;
    let fields =
        "category { name id } id name ...More reviews { totalCount } ... on Shop { name location { lng lat } }";
    let query = format!(
        "query {{ searchShops {{ totalCount edges {{ node {{ {fields} }} }} pageInfo {{ hasNextPage }} }} }}
         fragment More on Shop {{ address {{ formatted }} category {{ icon }} }}"
    );
    let body = json!({ "query": query }).to_string();
    let headers = [("content-type", JSON)];
    let answer = app.anonymous().text(Method::POST, "/graphql", &headers, body).await;

    let mut rest = answer.as_str();
    for key in [
        "totalCount",
        "edges",
        "category",
        "name",
        "id",
        "icon",
        "id",
        "name",
        "address",
        "reviews",
        "location",
        "lng",
        "lat",
        "pageInfo",
    ] {
        let (_, behind) = rest.split_once(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{key} not in {rest}"));
        rest = behind;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_keeps_its_id_or_gets_one() {
    let app = TestApp::new().await;
    let url = "/graphql?query=%7B__typename%7D";
    let Answer { headers, .. } = app.anonymous().send(Method::GET, url, &[("x-request-id", "a-1.b_2")], "").await;
    assert_eq!(headers["x-request-id"], "a-1.b_2");
    for bad in ["", "new line\tand more", &"x".repeat(129)] {
        let Answer { headers, .. } = app.anonymous().send(Method::GET, url, &[("x-request-id", bad)], "").await;
        assert_eq!(headers["x-request-id"].len(), 36, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_live_and_ready() {
    let app = TestApp::new().await;
    for path in ["/health/live", "/health/ready"] {
        let Answer { status, .. } = app.anonymous().send(Method::GET, path, &[], "").await;
        assert_eq!(status, StatusCode::OK, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_answers_are_compressed_for_those_who_want_it() {
    let app = TestApp::new().await;
    let query = r#"{"query":"{ __schema { types { name description fields { name description } } } }"}"#;
    let plain = [("content-type", JSON)];
    let Answer { headers, .. } = app.anonymous().send(Method::POST, "/graphql", &plain, query).await;
    assert!(!headers.contains_key("content-encoding"));
    let gzip = [("content-type", JSON), ("accept-encoding", "gzip")];
    let Answer { headers, .. } = app.anonymous().send(Method::POST, "/graphql", &gzip, query).await;
    assert_eq!(headers["content-encoding"], "gzip");
    assert_eq!(headers["vary"], "accept, accept-encoding");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_of_fragments_is_refused_before_it_goes_off() {
    let app = TestApp::new().await;
    let fragments: String = (0..22).map(|n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1)).collect();
    let query = format!("{{ ...F0 }} {fragments} fragment F22 on Query {{ __typename }}");
    let answer = post(&app, json!({ "query": query }).to_string()).await;
    assert_eq!(answer["errors"][0]["message"], "the document comes to more than 10000 fields");

    let circle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }";
    let answer = post(&app, json!({ "query": circle }).to_string()).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT");
}
