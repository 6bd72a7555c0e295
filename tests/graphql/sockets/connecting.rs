//! How a socket is opened, and why it is closed.

use chrono::Duration;
use serde_json::{Value, json};
use tests::{Message, TestApp, closed};

const WHO: &str = "{ viewer { user { handle } } }";
const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_wants_the_sub_protocol() {
    let app = TestApp::new().await;
    for offered in [None, Some("graphql-ws"), Some("graphql-transport-ws2, chat")] {
        let headers: Vec<_> = offered.map(|offered| (PROTOCOL.0, offered)).into_iter().collect();
        let (status, text) = app.open_socket(&headers).await.err().expect("a refusal");
        assert_eq!(status, 400, "{offered:?}");
        assert!(text.contains("graphql-transport-ws"), "{text}");
    }
    assert!(app.open_socket(&[(PROTOCOL.0, "chat, graphql-transport-ws")]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_socket_is_refused() {
    let app = TestApp::new().await;
    for (method, status) in [(reqwest::Method::GET, 400), (reqwest::Method::POST, 405)] {
        let answer = app.anonymous().send(method, "/graphql/ws", &[], "").await;
        assert_eq!(answer.status.as_u16(), status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_strangers_open_no_socket() {
    let app = TestApp::configured(|config| config.live.allowed_origins = vec!["https://app.example".into()]).await;
    let ours = app.address.clone();
    for origin in [&*ours, "https://app.example"] {
        assert!(app.open_socket(&[PROTOCOL, ("origin", origin)]).await.is_ok(), "{origin}");
    }
    for origin in ["https://evil.example", "null", "http://127.0.0.1"] {
        let (status, text) = app.open_socket(&[PROTOCOL, ("origin", origin)]).await.err().expect("a refusal");
        assert_eq!(status, 403, "{origin}");
        assert!(text.contains("--allowed-origins"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_introduce_themselves_in_time_is_sent_away() {
    let app = TestApp::configured(|config| config.live.socket_timeout_ms = 50).await;
    let mut silent = app.silent_socket().await;
    assert_eq!(silent.closed().await, closed(4408, "Connection initialisation timeout"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_introduced_themselves_may_stay() {
    let app = TestApp::configured(|config| config.live.socket_timeout_ms = 1_000).await;
    let mut socket = app.socket().await;
    let mut silent = app.silent_socket().await;
    silent.closed().await;
    assert_eq!(socket.ask(WHO, json!({})).await, json!({ "data": { "viewer": null } }));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_before_they_introduce_themselves_is_sent_away() {
    let app = TestApp::new().await;
    let mut socket = app.silent_socket().await;
    socket.begin("1", WHO, json!({})).await;
    assert_eq!(socket.closed().await, closed(4401, "Unauthorized"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_introduces_themselves_twice_is_sent_away() {
    let app = TestApp::new().await;
    let mut socket = app.socket().await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, closed(4429, "Too many initialisation requests"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_come_with_the_introduction_or_with_the_request() {
    let app = TestApp::new().await;
    let (ada, bo) = (app.user("ada").await, app.user("bob").await);
    let bearer = |user| format!("Bearer {}", app.token(user, Duration::minutes(5)));
    for (header, payload, expected) in [
        (None, json!(null), None),
        (None, json!({ "authorization": bearer(ada) }), Some("ada")),
        (None, json!({ "Authorization": bearer(ada) }), Some("ada")),
        (Some(bearer(ada)), json!({}), Some("ada")),
        (Some(bearer(ada)), json!({ "authorization": null }), Some("ada")),
        (Some(bearer(ada)), json!({ "authorization": bearer(bo) }), Some("bob")),
    ] {
        let mut headers = vec![PROTOCOL];
        headers.extend(header.as_deref().map(|header| ("authorization", header)));
        let mut socket = app.open_socket(&headers).await.expect("a socket");
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        let answer = socket.ask(WHO, json!({})).await;
        assert_eq!(answer["data"]["viewer"]["user"]["handle"].as_str(), expected, "{payload}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_is_forbidden_and_does_not_make_a_stranger() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let expired = format!("Bearer {}", app.token(ada, Duration::minutes(-1)));
    for payload in [json!(expired), json!("Bearer nonsense"), json!("nonsense"), json!(""), json!(7)] {
        let mut socket = app.silent_socket().await;
        socket.say(json!({ "type": "connection_init", "payload": { "authorization": payload } })).await;
        assert_eq!(socket.closed().await, closed(4403, "Forbidden"), "{payload}");
    }
    let mut socket = app.open_socket(&[PROTOCOL, ("authorization", &expired)]).await.expect("a socket");
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, closed(4403, "Forbidden"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_lives_no_longer_than_the_token() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    // Two of the five seconds by which clocks may differ are over.
    let token = app.token(ada, Duration::seconds(-2));
    let mut socket = app.silent_socket().await;
    socket.say(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    assert_eq!(socket.closed().await, closed(4403, "the access token has expired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_protocol_does_not_know_ends_the_conversation() {
    let app = TestApp::new().await;
    for message in [
        json!("ping"),
        json!({ "type": "start" }),
        json!({ "id": "1" }),
        json!({ "type": "subscribe", "id": "1" }),
        json!({ "type": "subscribe", "payload": { "query": WHO } }),
        json!({ "type": "subscribe", "id": "1", "payload": {} }),
        json!({ "type": "subscribe", "id": "1", "payload": { "query": 7 } }),
        json!({ "type": "subscribe", "id": "1", "payload": { "query": WHO, "variables": [] } }),
        json!({ "type": "x".repeat(1_000) }),
    ] {
        let mut socket = app.socket().await;
        socket.say(message.clone()).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4400, "{message}");
        assert!(!reason.is_empty(), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_text() {
    let app = TestApp::new().await;
    let mut socket = app.socket().await;
    socket.send(Message::binary(br#"{"type":"ping"}"#.to_vec())).await;
    assert_eq!(socket.closed().await, closed(4400, "a message is text, and not binary"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_answered_even_before_the_introduction() {
    let app = TestApp::new().await;
    let mut socket = app.silent_socket().await;
    for payload in [Value::Null, json!({ "sent": 1 })] {
        let mut ping = json!({ "type": "ping" });
        let mut pong = json!({ "type": "pong" });
        if !payload.is_null() {
            ping["payload"] = payload.clone();
            pong["payload"] = payload;
        }
        socket.say(ping).await;
        assert_eq!(socket.hear().await, pong);
    }
    socket.say(json!({ "type": "pong" })).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_is_let_go() {
    let app = TestApp::new().await;
    let mut socket = app.socket().await;
    socket.send(Message::Close(None)).await;
    assert!(matches!(socket.frame().await, Some(Message::Close(None))));
    assert!(socket.frame().await.is_none());
}
