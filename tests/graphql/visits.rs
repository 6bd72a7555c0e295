//! Who looks at shops.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tests::{TestApp, place};

use crate::nodes::global;

/// Late in the evening in London, early in the morning in Helsinki.
fn at_night() -> DateTime<Utc> {
    "2026-11-20T22:30:00Z".parse().expect("a time")
}

async fn visitors(app: &TestApp, shop: &Value, from: &str, to: &str) -> Value {
    let query = "query ($id: ID!, $from: Date!, $to: Date!) { node(id: $id) { ... on Shop { uniqueVisitors(from: $from, to: $to) } } }";
    let variables = json!({ "id": shop, "from": from, "to": to });
    app.anonymous().run(query, variables).await["node"]["uniqueVisitors"].take()
}

async fn look(app: &TestApp, shop: &Value, as_user: Option<db::UserId>) {
    let client = as_user.map_or(app.anonymous(), |user| app.as_user(user));
    client.run("query ($id: ID!) { shop(id: $id) { name } }", json!({ "id": shop })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_count_once_on_whatever_days_and_at_whatever_server() {
    let app = TestApp::at(at_night).await;
    let twin = app.twin().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (helsinki, other) = (global(app.shop("Noodles").await), global(app.shop("Soup").await));
    for server in [&app, &twin] {
        look(server, &helsinki, Some(ada)).await;
        look(server, &helsinki, None).await;
        look(server, &helsinki, None).await;
        server.visits.store(&server.postgres).await.expect("stored");
    }
    look(&twin, &helsinki, Some(bob)).await;
    assert_eq!(visitors(&app, &helsinki, "2026-11-21", "2026-11-21").await, 2, "the rest is not stored yet");
    twin.visits.store(&twin.postgres).await.expect("stored");
    twin.visits.store(&twin.postgres).await.expect("nothing to store");
    assert_eq!(visitors(&app, &helsinki, "2026-11-21", "2026-11-21").await, 3);
    assert_eq!(visitors(&app, &helsinki, "2026-11-20", "2026-11-20").await, 0, "it is tomorrow there");
    assert_eq!(visitors(&app, &other, "2026-11-21", "2026-11-21").await, 0);

    app.execute("insert into visits select shop_id, day - 1, visitors from visits").await;
    assert_eq!(visitors(&app, &helsinki, "2026-11-20", "2026-11-21").await, 3, "each of them came on both days");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_is_gone_does_not_keep_others_from_being_counted() {
    let app = TestApp::at(at_night).await;
    let shops = app.store(&[place(&app, "gone").await, place(&app, "here").await]).await;
    for shop in &shops {
        look(&app, &global(*shop), None).await;
    }
    app.execute(&format!("delete from shops where id = '{}'", shops[0])).await;
    app.visits.store(&app.postgres).await.expect("stored");
    assert_eq!(visitors(&app, &global(shops[1]), "2026-11-21", "2026-11-21").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_stored_is_kept() {
    let app = TestApp::at(at_night).await;
    let shop = global(app.shop("Noodles").await);
    look(&app, &shop, None).await;
    app.execute("alter table visits rename to away").await;
    assert!(app.visits.store(&app.postgres).await.is_err());
    app.execute("alter table away rename to visits").await;
    app.visits.store(&app.postgres).await.expect("stored");
    assert_eq!(visitors(&app, &shop, "2026-11-21", "2026-11-21").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_year_or_none_is_refused() {
    let app = TestApp::new().await;
    let shop = global(app.shop("Noodles").await);
    assert_eq!(visitors(&app, &shop, "2025-11-21", "2026-11-21").await, 0);
    let query = "query ($id: ID!, $to: Date!) { shop(id: $id) { uniqueVisitors(from: \"2025-11-21\", to: $to) } }";
    for to in ["2026-11-22", "2025-11-20"] {
        let refused = app.anonymous().fail(query, json!({ "id": shop, "to": to })).await;
        assert_eq!(refused["extensions"]["code"], "BAD_INPUT");
        assert_eq!(refused["extensions"]["field"], "to");
    }
}
