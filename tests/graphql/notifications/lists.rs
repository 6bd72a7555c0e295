//! The list of notifications.

use serde_json::{Value, json};
use tests::TestApp;

use super::{follow, told, unread};

/// Makes so many things to tell, and returns who is told.
async fn famous(app: &TestApp, count: usize) -> db::UserId {
    let ada = app.user("ada").await;
    for n in 0..count {
        let reviewed = app.review(ada, app.shop(&format!("Place {n}")).await, 4).await;
        let fan = app.user(&format!("fan_{n}")).await;
        super::like(app, fan, db::LikeSubject::Review(reviewed), true).await;
        app.work_off().await;
    }
    ada
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_and_stay_though_something_is_told_meanwhile() {
    let app = TestApp::new().await;
    let ada = famous(&app, 5).await;
    let viewer = app.as_user(ada);
    let query = "query ($after: Cursor, $unread: Boolean! = false) { viewer { notifications(first: 2, after: $after, unreadOnly: $unread) {
        edges { node { id actors { handle } } } pageInfo { hasNextPage endCursor } } } }";
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = viewer.run(query, json!({ "after": after })).await["viewer"]["notifications"].take();
        let edges = page["edges"].as_array().expect("edges").clone();
        seen.extend(edges.iter().map(|edge| edge["node"]["actors"][0]["handle"].as_str().expect("a name").to_owned()));
        if seen.len() == 2 {
            let bob = app.user("bob").await;
            follow(&app, bob, ada, true).await;
            app.work_off().await;
            let read = json!({ "upTo": edges[1]["node"]["id"] });
            assert_eq!(viewer.mutate("markNotificationsRead", read, "unreadCount").await["unreadCount"], 2);
        }
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, ["fan_4", "fan_3", "fan_2", "fan_1", "fan_0"]);
    let unread = viewer.run(query, json!({ "unread": true })).await["viewer"]["notifications"]["edges"].take();
    assert_eq!(unread.as_array().map(Vec::len), Some(2));
    assert_eq!(unread[0]["node"]["actors"][0]["handle"], "bob");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_or_reads_what_others_are_told() {
    let app = TestApp::new().await;
    let (ada, eve) = (famous(&app, 1).await, app.user("eve").await);
    let found = app.as_user(ada).run("{ viewer { notifications { edges { node { id } } } } }", json!({})).await;
    let id = found["viewer"]["notifications"]["edges"][0]["node"]["id"].clone();
    let node = "query ($id: ID!) { node(id: $id) { ... on Notification { kind } } }";
    assert_eq!(app.as_user(ada).run(node, json!({ "id": id })).await["node"]["kind"], "LIKE");
    for stranger in [app.as_user(eve), app.anonymous()] {
        assert!(stranger.run(node, json!({ "id": id })).await["node"].is_null());
    }
    let reasons = app.as_user(eve).refused("markNotificationsRead", json!({ "upTo": id })).await;
    assert_eq!(reasons, ["NOT_FOUND input.upTo"]);
    assert_eq!(unread(&app.as_user(ada)).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_is_no_actor_any_more() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    follow(&app, bob, ada, true).await;
    app.work_off().await;
    app.execute(&format!("delete from users where id = '{bob}'")).await;
    assert_eq!(told(&app.as_user(ada)).await, ["FOLLOW by  (1) on -*"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_takes_as_many_statements_whatever_its_size() {
    let app = TestApp::new().await;
    let ada = famous(&app, 4).await;
    let query = "query ($first: Int!) { viewer { notifications(first: $first) { unreadCount edges { node {
        kind actors { handle } subject { ... on Review { rating } } } } } } }";
    for first in [1, 4] {
        // The page, the unread, the actors, the reviews.
        assert_eq!(app.as_user(ada).statements(query, json!({ "first": first })).await, 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_long_ago_is_forgotten() {
    let app = TestApp::new().await;
    let ada = famous(&app, 3).await;
    let forgotten = async || api::upkeep::forget_old(&app.postgres).await.expect("upkeep").notifications.expect("some");
    let age = "update notifications set created_at = now() - interval '91 days'";
    // As if two had been made then, of which one was told again since.
    let old = "update notifications set id = overlay(id::text placing '0198' from 1 for 4)::uuid where number < 3";
    app.sql().await.batch_execute(old).await.expect("a statement");
    assert_eq!(forgotten().await, 0);
    app.sql().await.batch_execute(&format!("{age} where number = 1")).await.expect("a statement");
    assert_eq!(forgotten().await, 1);
    assert_eq!(told(&app.as_user(ada)).await.len(), 2);
}
