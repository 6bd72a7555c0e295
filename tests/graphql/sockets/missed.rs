//! What subscriptions tell of when they were not told themselves.

use chrono::{Duration, Utc};
use serde_json::json;
use tests::TestApp;

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
