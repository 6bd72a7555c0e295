//! What subscriptions tell of.

use api::global_id;
use chrono::{Duration, Utc};
use serde_json::{Value, json};
use tests::{Socket, TestApp};

pub(super) const REVIEWS: &str = "subscription ($shop: ID!) { reviewAdded(shopId: $shop) {
    cursor node { id rating author { handle } shop { name rating { count } } viewerHasLiked } } }";
pub(super) const COMMENTS: &str =
    "subscription ($review: ID!) { commentAdded(reviewId: $review) { cursor node { id body } } }";

pub(super) fn id<Id: global_id::GlobalId>(id: Id) -> String {
    global_id::encode(id).0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_review_is_told_with_its_place_among_the_newest() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let mut socket = app.socket().await;
    socket.follow("1", REVIEWS, json!({ "shop": id(shop) })).await;

    let review = app.review(ada, shop, 5).await;
    app.tell_of_review(review, shop).await;
    let edge = socket.next("1").await["data"]["reviewAdded"].take();
    assert_eq!(edge["node"]["id"], id(review));
    assert_eq!(edge["node"]["author"]["handle"], "ada");
    let query = "query ($id: ID!) { shop(id: $id) { reviews(orderBy: NEWEST) { edges { cursor node { id } } } } }";
    let shown = app.anonymous().run(query, json!({ "id": id(shop) })).await;
    let shown = &shown["shop"]["reviews"]["edges"][0];
    assert_eq!((&shown["cursor"], &shown["node"]["id"]), (&edge["cursor"], &edge["node"]["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_sees_rows_as_they_are_then() {
    let app = TestApp::new().await;
    let (ada, bo, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let mut socket = app.socket_of(bo).await;
    socket.follow("1", REVIEWS, json!({ "shop": id(shop) })).await;
    for (author, handle, name) in [(ada, "ada", "Noodles"), (bo, "bob", "Pasta")] {
        app.sql().await.execute("update shops set name = $1", &[&name]).await.expect("it is renamed");
        app.tell_of_review(app.review(author, shop, 5).await, shop).await;
        let node = socket.next("1").await["data"]["reviewAdded"]["node"].take();
        assert_eq!((&node["author"]["handle"], &node["shop"]["name"]), (&json!(handle), &json!(name)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_and_replies_are_told_with_their_places() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let review = app.review(ada, shop, 5).await;
    let mut socket = app.socket().await;
    socket.follow("1", COMMENTS, json!({ "review": id(review) })).await;

    let comment = app.comment(ada, review, None, "first").await;
    let reply = app.comment(ada, review, Some(comment), "second").await;
    let mut edges = Vec::new();
    for told in [comment, reply] {
        app.memory.broadcast.wake(db::Topic::CommentsOf(review), told.into()).await;
        edges.push(socket.next("1").await["data"]["commentAdded"].take());
    }
    let query = "query ($id: ID!) { node(id: $id) { ... on Review { comments { edges { cursor node { id body
        replies { edges { cursor node { id body } } } } } } } } }";
    let shown = app.anonymous().run(query, json!({ "id": id(review) })).await;
    let mut thread = shown["node"]["comments"]["edges"][0].clone();
    let replies = thread["node"].as_object_mut().and_then(|node| node.remove("replies")).expect("replies");
    assert_eq!(edges, [thread, replies["edges"][0].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_told_once_and_only_if_it_can_be_seen() {
    let app = TestApp::new().await;
    let shop = app.shop("Noodles").await;
    let mut socket = app.socket().await;
    socket.follow("1", REVIEWS, json!({ "shop": id(shop) })).await;
    let users = [app.user("ada").await, app.user("bob").await, app.user("cyd").await];
    let first = app.review(users[0], shop, 1).await;
    let hidden = app.review(users[1], shop, 2).await;
    let last = app.review(users[2], shop, 3).await;
    let hide = format!("update reviews set state = 'hidden' where id = '{hidden}'");
    app.sql().await.batch_execute(&hide).await.expect("it is hidden");
    for told in [first, first, hidden, db::ReviewId::new(), first, last] {
        app.tell_of_review(told, shop).await;
    }
    assert_eq!(told(&mut socket).await, id(first));
    assert_eq!(told(&mut socket).await, id(last));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_whose_transaction_took_longer_is_told_too() {
    let app = TestApp::new().await;
    let (ada, bo, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let mut socket = app.socket().await;
    socket.follow("1", REVIEWS, json!({ "shop": id(shop) })).await;
    let early = app.review_at(ada, shop, 1, Utc::now() - Duration::minutes(1)).await;
    let late = app.review(bo, shop, 2).await;
    for expected in [late, early] {
        app.tell_of_review(expected, shop).await;
        assert_eq!(told(&mut socket).await, id(expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_cannot_be_followed() {
    let app = TestApp::new().await;
    let mut socket = app.socket().await;
    let (nowhere, never) = (id(db::ShopId::new()), id(db::ReviewId::new()));
    for (query, variables, message) in [
        (REVIEWS, json!({ "shop": nowhere }), "`shopId` is not the id of a shop that there is"),
        (REVIEWS, json!({ "shop": never }), "`shopId` is not the id of a shop"),
        (REVIEWS, json!({ "shop": "nonsense" }), "`shopId` is not an id of this API"),
        (COMMENTS, json!({ "review": never }), "`reviewId` is not the id of a review that there is"),
        (COMMENTS, json!({ "review": nowhere }), "`reviewId` is not the id of a review"),
    ] {
        let answer = socket.ask(query, variables).await;
        assert_eq!(answer["data"], Value::Null);
        assert_eq!(answer["errors"][0]["message"], message);
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_cannot_go_on_is_completed() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let mut socket = app.socket().await;
    socket.follow("1", REVIEWS, json!({ "shop": id(shop) })).await;
    let review = app.review(ada, shop, 5).await;
    app.sql().await.batch_execute("alter table reviews rename to elsewhere").await.expect("it is gone");
    app.tell_of_review(review, shop).await;
    let event = socket.next("1").await;
    assert_eq!((&event["data"], &event["errors"][0]["extensions"]["code"]), (&Value::Null, &json!("INTERNAL")));
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }));
}

/// The id of what is told next.
pub(super) async fn told(socket: &mut Socket) -> String {
    let event = socket.next("1").await;
    event["data"]["reviewAdded"]["node"]["id"].as_str().expect("an id").to_owned()
}
