use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::TestApp;

use super::{comment_count, moderate, state};
use crate::nodes::global;

async fn conversation(app: &TestApp, review: db::ReviewId) -> Value {
    let query =
        "query ($id: ID!) { node(id: $id) { ... on Review { commentCount comments { totalCount edges { node { body
        replies { totalCount edges { node { body } } } } } } } } }";
    app.anonymous().run(query, json!({ "id": global(review) })).await["node"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_thread_takes_its_replies_along_and_brings_them_back() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    let thread = app.comment(bob, review, None, "Rude").await;
    let reply = app.comment(ada, review, Some(thread), "Sigh").await;
    let rude = app.comment(bob, review, Some(thread), "Ruder").await;
    app.comment(bob, review, None, "Another thing").await;
    app.recount().await;
    let (ada, bob, mia) = (app.as_user(ada), app.as_user(bob), app.as_user(mia));
    moderate(&mia, &global(rude), "HIDDEN").await;
    let before = conversation(&app, review).await;
    assert_eq!((&before["commentCount"], &before["comments"]["totalCount"]), (&json!(3), &json!(2)));
    app.assert_counters().await;

    assert_eq!(moderate(&mia, &global(thread), "HIDDEN").await, "HIDDEN");
    let rest = json!([{ "node": { "body": "Another thing", "replies": { "totalCount": 0, "edges": [] } } }]);
    let expected = json!({ "commentCount": 1, "comments": { "totalCount": 1, "edges": rest } });
    assert_eq!(conversation(&app, review).await, expected);
    for (client, id, expected) in [
        (&bob, thread, json!("HIDDEN")),
        (&mia, thread, json!("HIDDEN")),
        (&ada, thread, Value::Null),
        (&ada, reply, json!("VISIBLE")),
        (&mia, reply, json!("VISIBLE")),
        (&bob, reply, Value::Null),
        (&bob, rude, json!("HIDDEN")),
        (&app.anonymous(), thread, Value::Null),
    ] {
        assert_eq!(state(client, &global(id)).await, expected);
    }
    app.assert_counters().await;

    assert_eq!(moderate(&mia, &global(thread), "VISIBLE").await, "VISIBLE");
    assert_eq!(conversation(&app, review).await, before);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_in_a_hidden_thread_counts_once_the_thread_does() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    let thread = app.comment(bob, review, None, "Rude").await;
    let reply = app.comment(ada, review, Some(thread), "Sigh").await;
    app.recount().await;
    let mia = app.as_user(mia);
    for (id, state, count) in [
        (thread, "HIDDEN", 0),
        (reply, "HIDDEN", 0),
        (thread, "VISIBLE", 1),
        (reply, "VISIBLE", 2),
        (reply, "HIDDEN", 1),
        (thread, "HIDDEN", 0),
        (reply, "VISIBLE", 0),
        (thread, "VISIBLE", 2),
    ] {
        moderate(&mia, &global(id), state).await;
        assert_eq!(comment_count(&app, review).await, count, "{id} {state}");
        app.assert_counters().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_under_a_hidden_review_are_moderated_like_others() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    let comment = app.comment(bob, review, None, "Rude").await;
    app.recount().await;
    let mia = app.as_user(mia);
    moderate(&mia, &global(review), "HIDDEN").await;
    moderate(&mia, &global(comment), "HIDDEN").await;
    moderate(&mia, &global(review), "VISIBLE").await;
    assert_eq!(comment_count(&app, review).await, 0);
    moderate(&mia, &global(comment), "VISIBLE").await;
    assert_eq!(comment_count(&app, review).await, 1);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_is_hidden_while_people_answer_and_delete_in_it() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    let thread = app.comment(bob, review, None, "Rude").await;
    let mut replies = Vec::new();
    for _ in 0..4 {
        replies.push(app.comment(ada, review, Some(thread), "Sigh").await);
    }
    app.recount().await;
    let (ada, bob, mia) = (app.as_user(ada), app.as_user(bob), app.as_user(mia));
    let thread = global(thread);
    for (n, reply) in replies.into_iter().enumerate() {
        let (answer, deletion) = (
            json!({ "reviewId": global(review), "parentId": thread, "body": "Hm" }),
            json!({ "commentId": global(reply) }),
        );
        let (_, answered, _) = tokio::join!(
            moderate(&mia, &thread, ["HIDDEN", "VISIBLE"][n % 2]),
            join_all((0..4).map(|_| bob.attempt("addComment", answer.clone(), ""))),
            ada.mutate("deleteComment", deletion, ""),
        );
        for answer in answered {
            assert!([Value::Null, json!("NOT_FOUND")].contains(&answer["userErrors"][0]["code"]), "{answer}");
        }
        app.assert_counters().await;
    }
}
