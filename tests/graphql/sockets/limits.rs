//! What one client may take, and for how long.

use api::global_id;
use serde_json::json;
use tests::{Message, TestApp, closed, until};

const REVIEWS: &str = "subscription ($shop: ID!) { reviewAdded(shopId: $shop) { cursor } }";
const LONG: &str = "{ __schema { types { name description fields { name description args { name description } } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_message_above_the_limit_is_refused() {
    let app = TestApp::configured(|config| config.max_body_bytes = 1_024).await;
    let mut socket = app.socket().await;
    let padded = |length: usize| format!("{{ __typename }} #{}", "x".repeat(length));
    assert_eq!(socket.ask(&padded(800), json!({})).await["data"]["__typename"], "Query");
    socket.begin("1", &padded(1_100), json!({})).await;
    assert_eq!(socket.closed().await, closed(1009, "the message is too big"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_has_so_many_operations_under_way_and_no_more() {
    let app = TestApp::configured(|config| config.live.max_subscriptions = 2).await;
    let shop = global_id::encode(app.shop("Noodles").await).0;
    let mut socket = app.socket().await;
    socket.begin("1", REVIEWS, json!({ "shop": shop })).await;
    socket.begin("2", REVIEWS, json!({ "shop": shop })).await;
    socket.begin("3", "{ __typename }", json!({})).await;
    let error = socket.hear().await;
    assert_eq!((&error["id"], &error["type"]), (&json!("3"), &json!("error")));
    assert_eq!(error["payload"][0]["extensions"]["code"], "THROTTLED");
    socket.complete("2").await;
    assert_eq!(socket.ask("{ __typename }", json!({})).await["data"]["__typename"], "Query");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_so_many_sockets_and_no_more() {
    let app = TestApp::configured(|config| config.live.max_sockets_per_user = 1).await;
    let (ada, bo) = (app.user("ada").await, app.user("bob").await);
    let first = app.socket_of(ada).await;
    let _other = app.socket_of(bo).await;
    let _stranger = app.socket().await;
    let token = format!("Bearer {}", app.token(ada, chrono::Duration::minutes(5)));
    let init = json!({ "type": "connection_init", "payload": { "authorization": token } });
    let mut second = app.silent_socket().await;
    second.say(init.clone()).await;
    assert_eq!(second.closed().await, closed(1013, "you have as many sockets and streams as you may"));

    drop(first);
    until("the seat is free again", async || {
        let mut again = app.silent_socket().await;
        again.say(init.clone()).await;
        matches!(again.frame().await, Some(Message::Text(_))).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_has_so_many_sockets_and_no_more() {
    let app = TestApp::configured(|config| config.live.max_sockets = 1).await;
    let first = app.socket().await;
    let mut second = app.silent_socket().await;
    assert_eq!(second.closed().await, closed(1013, "the server has as many sockets and streams as it can take"));
    drop(first);
    until_there_is_room(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_fill_half_of_a_server_and_who_is_logged_in_gets_in() {
    let app = TestApp::configured(|config| config.live.max_sockets = 4).await;
    let ada = app.user("ada").await;
    let _strangers = [app.socket().await, app.socket().await];
    let mut third = app.silent_socket().await;
    third.say(json!({ "type": "connection_init" })).await;
    let full = closed(1013, "strangers have as many sockets and streams as they may: log in");
    assert_eq!(third.closed().await, full);
    let mut socket = app.socket_of(ada).await;
    assert_eq!(socket.ask("{ __typename }", json!({})).await["data"]["__typename"], "Query");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_asleep_is_given_up() {
    let app = TestApp::configured(|config| {
        config.live.max_sockets = 1;
        config.live.keep_alive_ms = 50;
    })
    .await;
    // Nobody reads from it, so nobody answers the pings.
    let _asleep = app.socket().await;
    until_there_is_room(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_answers_is_kept() {
    let app = TestApp::configured(|config| config.live.keep_alive_ms = 200).await;
    let mut socket = app.socket().await;
    for _ in 0..5 {
        assert!(matches!(socket.frame().await, Some(Message::Ping(_))));
    }
    assert_eq!(socket.ask("{ __typename }", json!({})).await["data"]["__typename"], "Query");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_nothing_is_given_up() {
    let app = TestApp::configured(|config| {
        config.live.max_sockets = 1;
        config.live.socket_timeout_ms = 1_000;
    })
    .await;
    let mut greedy = app.socket().await;
    for n in 0..100 {
        greedy.begin(&n.to_string(), LONG, json!({})).await;
    }
    until_there_is_room(&app).await;
    let mut answers = 0;
    while let Some(frame) = greedy.frame().await {
        assert!(matches!(frame, Message::Text(_)), "no farewell gets through");
        answers += 1;
    }
    assert!(answers < 200, "it was cut off");
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_are_closed_when_the_server_stops() {
    let app = TestApp::new().await;
    let shop = global_id::encode(app.shop("Noodles").await).0;
    let (mut following, mut idle, mut silent) = (app.socket().await, app.socket().await, app.silent_socket().await);
    following.follow("1", REVIEWS, json!({ "shop": shop })).await;
    silent.say(json!({ "type": "ping" })).await;
    assert_eq!(silent.hear().await, json!({ "type": "pong" }));
    drop(app);
    for socket in [&mut following, &mut idle, &mut silent] {
        assert_eq!(socket.closed().await, closed(1001, "the server is stopping"));
    }
}

async fn until_there_is_room(app: &TestApp) {
    until("there is room for another", async || {
        let mut another = app.silent_socket().await;
        another.say(json!({ "type": "ping" })).await;
        matches!(another.frame().await, Some(Message::Text(_))).then_some(())
    })
    .await;
}
