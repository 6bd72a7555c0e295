//! GraphQL over server-sent events, each operation in a stream of its own.

use api::global_id;
use chrono::Duration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Client, Events, TestApp, document, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const REVIEWS: &str = "subscription ($shop: ID!) { reviewAdded(shopId: $shop) { node { rating } } }";
const JSON: (&str, &str) = ("content-type", "application/json");
const EVENTS: (&str, &str) = ("accept", "text/event-stream");

async fn post(client: &Client<'_>, query: &str, variables: Value) -> reqwest::Response {
    let body = json!({ "query": query, "variables": variables }).to_string();
    client.response(Method::POST, "/graphql/stream", &[JSON, EVENTS], body).await
}

/// A stream that listens.
async fn follow(client: &Client<'_>, shop: db::ShopId) -> Events {
    let mut events = Events::of(post(client, REVIEWS, json!({ "shop": global_id::encode(shop).0 })).await);
    // The comments are made after the subscription was begun.
    assert_eq!(events.block().await.as_deref(), Some(":"));
    assert_eq!(events.block().await.as_deref(), Some(":"));
    events
}

async fn quick() -> TestApp {
    TestApp::configured(|config| {
        config.live.keep_alive_ms = 20;
        config.live.max_sockets_per_user = 1;
        config.shutdown_grace_seconds = 5;
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_is_streamed_at_once() {
    let app = quick().await;
    let (ada, bo, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let mut events = follow(&app.anonymous(), shop).await;
    for (author, rating) in [(ada, 5), (bo, 3)] {
        app.tell_of_review(app.review(author, shop, rating).await, shop).await;
        let expected = json!({ "data": { "reviewAdded": { "node": { "rating": rating } } } });
        assert_eq!(events.next().await, Some(expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_or_mutation_is_one_event() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let mut events = Events::of(post(&app.as_user(ada), "{ viewer { user { handle } } }", json!({})).await);
    assert_eq!(events.next().await, Some(json!({ "data": { "viewer": { "user": { "handle": "ada" } } } })));
    assert_eq!(events.next().await, None);

    let input = json!({ "shopId": global_id::encode(shop).0, "rating": 4, "body": "Good." });
    let mutation = document("createReview", "review { rating }");
    let mut events = Events::of(post(&app.as_user(ada), &mutation, json!({ "input": input })).await);
    let event = events.next().await.expect("an event");
    assert_eq!(event["data"]["createReview"]["review"]["rating"], 4, "{event}");
    assert_eq!(events.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_a_matter_of_the_accept_header_too() {
    let app = TestApp::new().await;
    let url = "/graphql?query=%7B__typename%7D";
    let stream = app.anonymous().response(Method::GET, url, &[EVENTS], "").await;
    assert_eq!(Events::of(stream).next().await, Some(json!({ "data": { "__typename": "Query" } })));
    for accept in ["text/event-stream, application/json", "*/*"] {
        let answer = app.anonymous().send(Method::GET, url, &[("accept", accept)], "").await;
        assert_eq!(answer.body, json!({ "data": { "__typename": "Query" } }), "{accept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_no_good_is_told_by_an_event() {
    let app = TestApp::new().await;
    for document in ["{", "{ noSuchField }", "subscription { noSuchField }", "subscription { __typename }"] {
        let mut events = Events::of(post(&app.anonymous(), document, json!({})).await);
        let event = events.next().await.expect("an event");
        assert_eq!(event["errors"][0]["extensions"]["code"], "BAD_INPUT", "{document}");
        assert_eq!(event.get("data"), None);
        assert_eq!(events.next().await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_what_is_no_request() {
    let app = TestApp::new().await;
    let query = json!({ "query": "{ __typename }" }).to_string();
    let mutation = "/graphql/stream?query=mutation%7B__typename%7D";
    let plain = ("content-type", "text/plain");
    let refused = ("accept", "application/json");
    let forged = ("authorization", "Bearer nonsense");
    for (method, url, headers, body, status) in [
        (Method::POST, "/graphql/stream", vec![plain, EVENTS], &*query, 415),
        (Method::POST, "/graphql/stream", vec![JSON, EVENTS], "{}", 400),
        (Method::POST, "/graphql/stream", vec![JSON, refused], &query, 406),
        (Method::POST, "/graphql/stream", vec![JSON, EVENTS, forged], &query, 401),
        (Method::PUT, "/graphql/stream", vec![JSON, EVENTS], &query, 405),
        (Method::GET, "/graphql/stream", vec![EVENTS], "", 400),
        (Method::GET, mutation, vec![EVENTS], "", 405),
    ] {
        let answer = app.anonymous().send(method.clone(), url, &headers, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {url} {headers:?}");
        assert!(answer.body["errors"][0]["message"].is_string(), "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_between_us_and_the_client_keeps_events_back() {
    let app = quick().await;
    let shop = app.shop("Noodles").await;
    let body = json!({ "query": REVIEWS, "variables": { "shop": global_id::encode(shop).0 } }).to_string();
    for url in ["/graphql/stream", "/graphql"] {
        let headers = [JSON, EVENTS, ("accept-encoding", "gzip, br")];
        let response = app.anonymous().response(Method::POST, url, &headers, body.as_str()).await;
        assert_eq!(response.headers()["cache-control"], "no-cache, no-transform");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert!(!response.headers().contains_key("content-encoding"));
        assert_eq!(Events::of(response).block().await.as_deref(), Some(":"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_lives_no_longer_than_the_token() {
    let app = quick().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let token = app.token(ada, Duration::seconds(-2));
    follow(&app.with_token(&token), shop).await.cut_off().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_count_as_sockets_do() {
    let app = quick().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let _first = follow(&app.as_user(ada), shop).await;
    let answer = post(&app.as_user(ada), "{ __typename }", json!({})).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers().contains_key("retry-after"));
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "THROTTLED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_nothing_is_cut_off() {
    const EVENTS: usize = 20;
    let app = TestApp::configured(|config| {
        config.live.max_sockets = 1;
        config.live.socket_timeout_ms = 1_000;
    })
    .await;
    let shop = app.shop("Noodles").await;
    // More than what fits into the buffers of both sides.
    let bodies: String = (0..200).map(|n| format!("b{n}:body ")).collect();
    let query =
        format!("subscription {{ reviewAdded(shopId: \"{}\") {{ node {{ {bodies} }} }} }}", global_id::encode(shop).0);
    let body = json!({ "query": query }).to_string();
    let request = format!(
        "POST /graphql/stream HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut silent = TcpStream::connect(app.address.trim_start_matches("http://")).await.expect("a connection");
    silent.write_all(request.as_bytes()).await.expect("it is sent");
    let mut head = [0; 12];
    silent.read_exact(&mut head).await.expect("an answer");
    assert_eq!(&head, b"HTTP/1.1 200");
    let status = async || post(&app.anonymous(), "{ __typename }", json!({})).await.status();
    assert_eq!(status().await, StatusCode::TOO_MANY_REQUESTS);

    for n in 0..EVENTS {
        let author = app.user(&format!("author_{n}")).await;
        let review = app.review(author, shop, 4).await;
        app.execute(&format!("update reviews set body = repeat('x', 5000) where id = '{review}'")).await;
        app.tell_of_review(review, shop).await;
    }
    until("its seat is free", async || (status().await == StatusCode::OK).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_cut_off_when_the_server_stops_so_that_clients_come_again() {
    let app = quick().await;
    let shop = app.shop("Noodles").await;
    let events = follow(&app.anonymous(), shop).await;
    drop(app);
    events.cut_off().await;
}
