//! What subscriptions tell of when they were not told themselves.

use std::collections::BTreeSet;

use chrono::{Duration, Utc};
use serde_json::json;
use tests::{Socket, TestApp, until};

use super::news::{COMMENTS, REVIEWS, id, told};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whoever_missed_something_is_told_all_of_it_in_order() {
    let app = TestApp::new().await;
    let shop = app.shop("Noodles").await;
    let mut authors = Vec::new();
    for n in 0..130 {
        authors.push(app.user(&format!("user{n}")).await);
    }
    app.review_at(authors[0], shop, 1, Utc::now() - Duration::minutes(1)).await;
    let mut socket = app.socket().await;
    socket.follow("1", REVIEWS, json!({ "shop": id(shop) })).await;
    let mut reviews = vec![app.review(authors[1], shop, 1).await];
    app.tell_of_review(reviews[0], shop).await;
    assert_eq!(told(&mut socket).await, id(reviews[0]));

    for author in &authors[2..] {
        // One after the other, though many are made in the same millisecond.
        let at = reviews.last().and_then(|review| review.time()).expect("a time") + Duration::milliseconds(1);
        reviews.push(app.review_at(*author, shop, 2, at).await);
    }
    tell_too_fast(&app, db::Topic::ReviewsOf(shop), reviews[1].into()).await;
    for review in &reviews[1..] {
        assert_eq!(told(&mut socket).await, id(*review));
    }
    let pages = socket.ask("{ __typename }", json!({})).await;
    assert_eq!(pages["data"]["__typename"], "Query", "nothing else was told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whoever_missed_comments_is_told_of_those_that_can_be_seen() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let review = app.review(ada, shop, 5).await;
    app.comment(ada, review, None, "before").await;
    let mut socket = app.socket().await;
    socket.follow("1", COMMENTS, json!({ "review": id(review) })).await;
    let comment = app.comment(ada, review, None, "comment").await;
    let hidden = app.comment(ada, review, None, "hidden").await;
    app.comment(ada, review, Some(hidden), "unreachable").await;
    let hide = format!("update comments set state = 'hidden' where id = '{hidden}'");
    app.sql().await.batch_execute(&hide).await.expect("it is hidden");
    app.comment(ada, review, Some(comment), "reply").await;
    tell_too_fast(&app, db::Topic::CommentsOf(review), comment.into()).await;
    for expected in ["comment", "reply"] {
        assert_eq!(socket.next("1").await["data"]["commentAdded"]["node"]["body"], expected);
    }
    let last = app.comment(ada, review, None, "last").await;
    app.memory.broadcast.wake(db::Topic::CommentsOf(review), last.into()).await;
    assert_eq!(socket.next("1").await["data"]["commentAdded"]["node"]["body"], "last");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whoever_missed_something_is_told_of_what_was_under_way_when_they_came() {
    let app = TestApp::new().await;
    let (ada, bob, cyd) = (app.user("ada").await, app.user("bob").await, app.user("cyd").await);
    let shop = app.shop("Noodles").await;
    app.review_at(ada, shop, 1, Utc::now() - Duration::seconds(5)).await;
    let mut socket = app.socket().await;
    socket.follow("1", REVIEWS, json!({ "shop": id(shop) })).await;
    let first = app.review(bob, shop, 2).await;
    app.tell_of_review(first, shop).await;
    assert_eq!(told(&mut socket).await, id(first));

    let late = app.review_at(cyd, shop, 3, first.time().expect("a time") - Duration::seconds(5)).await;
    for _ in 0..2 {
        tell_too_fast(&app, db::Topic::ReviewsOf(shop), first.into()).await;
    }
    assert_eq!(told(&mut socket).await, id(late));
    let pages = socket.ask("{ __typename }", json!({})).await;
    assert_eq!(pages["data"]["__typename"], "Query", "nothing else was told, nor anything twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn all_who_missed_something_are_told_once_they_can_read_again() {
    let (app, shop, mut socket) = crowd().await;
    let second = app.review(app.user("bob").await, shop, 2).await;
    let mut taken = Vec::new();
    for _ in 0..CONNECTIONS {
        taken.push(app.postgres.conn().await.expect("a connection"));
    }
    tell_too_fast(&app, db::Topic::ReviewsOf(shop), second.into()).await;
    // It waits for a connection as long as they do, and came later.
    let error = app.anonymous().fail(CATEGORIES, json!({})).await;
    assert_eq!(error["extensions"]["code"], "UNAVAILABLE");
    drop(taken);
    all_told(&mut socket, second).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn those_who_missed_something_leave_connections_to_everybody_else() {
    let (app, shop, mut socket) = crowd().await;
    let second = app.review(app.user("bob").await, shop, 2).await;
    let sql = app.sql().await;
    sql.batch_execute("begin; lock table reviews").await.expect("nobody can read reviews");
    tell_too_fast(&app, db::Topic::ReviewsOf(shop), second.into()).await;
    until("somebody reads reviews", async || {
        let waiting = "select from pg_locks where relation = 'reviews'::regclass and not granted";
        (!sql.query(waiting, &[]).await.expect("locks").is_empty()).then_some(())
    })
    .await;
    for _ in 0..3 {
        assert!(app.anonymous().run(CATEGORIES, json!({})).await["categories"].is_array());
    }
    sql.batch_execute("rollback").await.expect("everybody can");
    all_told(&mut socket, second).await;
}

const CATEGORIES: &str = "{ categories { id } }";
const CONNECTIONS: u16 = 2;
const CROWD: usize = 50;

/// Many who follow the reviews of a shop over one socket, and a server with few connections, for which nobody waits for long.
async fn crowd() -> (TestApp, db::ShopId, Socket) {
    let app = TestApp::set_up(|setup| {
        setup.database.database_pool_size = CONNECTIONS;
        setup.database.database_acquire_timeout_ms = 1_000;
    })
    .await;
    let shop = app.shop("Noodles").await;
    let mut socket = app.socket().await;
    for n in 0..CROWD {
        socket.follow(&n.to_string(), REVIEWS, json!({ "shop": id(shop) })).await;
    }
    let first = app.review(app.user("ada").await, shop, 1).await;
    app.tell_of_review(first, shop).await;
    all_told(&mut socket, first).await;
    (app, shop, socket)
}

/// Each of the crowd is told, in whatever order.
async fn all_told(socket: &mut Socket, review: db::ReviewId) {
    let mut told = BTreeSet::new();
    for _ in 0..CROWD {
        let message = socket.hear().await;
        assert_eq!(message["payload"]["data"]["reviewAdded"]["node"]["id"], id(review), "{message}");
        told.insert(message["id"].to_string());
    }
    assert_eq!(told.len(), CROWD);
}

/// With one worker thread, nobody else runs meanwhile, so whoever listens must miss some.
async fn tell_too_fast(app: &TestApp, topic: db::Topic, new: uuid::Uuid) {
    let broadcast = app.memory.broadcast.clone();
    let told = tokio::spawn(async move {
        for _ in 0..20 {
            broadcast.wake(topic, new).await;
        }
    });
    told.await.expect("it is told");
}
