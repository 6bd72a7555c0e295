use serde_json::{Value, json};
use tests::TestApp;

use super::{conversation, counts, remark, say};
use crate::nodes::global;

const EDGE: &str =
    "edge { cursor node { id body state likeCount viewerHasLiked author { handle } parent { id } replyTo { handle }
    review { commentCount } replies { totalCount } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_has_two_levels_however_deep_the_conversation() {
    let app = TestApp::new().await;
    let (ada, bob, cai) = (app.user("ada").await, app.user("bob").await, app.user("cai").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    app.recount().await;
    let add = async |user, parent: &Value, body: &str| {
        app.as_user(user).mutate("addComment", remark(review, parent, body), EDGE).await["edge"]["node"].take()
    };
    let seen = |node: &Value, body: &str, author: &str, parent: &Value, reply_to: Option<&str>, count: i32| {
        json!({
            "id": node["id"], "body": body, "state": "VISIBLE", "likeCount": 0, "viewerHasLiked": false, "author": { "handle": author },
            "parent": if parent.is_null() { Value::Null } else { json!({ "id": parent }) },
            "replyTo": reply_to.map(|handle| json!({ "handle": handle })),
            "review": { "commentCount": count }, "replies": { "totalCount": 0 }
        })
    };

    let thread = add(bob, &Value::Null, "Really?").await;
    assert_eq!(thread, seen(&thread, "Really?", "bob", &Value::Null, None, 1));
    let thread = &thread["id"];
    let reply = add(ada, thread, "Really.").await;
    assert_eq!(reply, seen(&reply, "Really.", "ada", thread, None, 2), "whoever opened the thread is meant anyway");
    let answer = add(cai, &reply["id"], "I agree.").await;
    assert_eq!(answer, seen(&answer, "I agree.", "cai", thread, Some("ada"), 3));
    let more = add(bob, &answer["id"], "Well…").await;
    assert_eq!(more, seen(&more, "Well…", "bob", thread, Some("cai"), 4));
    let last = add(ada, &more["id"], "Well?").await;
    assert_eq!(last, seen(&last, "Well?", "ada", thread, None, 5), "so they are if it is a reply of theirs");

    add(cai, &Value::Null, "Another thing").await;
    assert_eq!(counts(&app, review).await, json!([6, 2, [4, 0]]));
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_has_its_place_in_the_list() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    app.recount().await;
    let add = async |user, parent: &Value, body: &str| {
        app.as_user(user).mutate("addComment", remark(review, parent, body), "edge { cursor node { id } }").await
    };
    let first = add(bob, &Value::Null, "One").await["edge"].take();
    add(ada, &Value::Null, "Two").await;
    let thread = &first["node"]["id"];
    let reply = add(ada, thread, "One and a half").await["edge"].take();
    add(bob, thread, "One and three quarters").await;

    let query = "query ($review: ID!, $comment: ID!, $thread: Cursor, $reply: Cursor) {
        review: node(id: $review) { ... on Review { comments(after: $thread) { edges { cursor node { body } } } } }
        thread: node(id: $comment) { ... on Comment { replies(after: $reply) { edges { node { body } } } } } }";
    let variables =
        json!({ "review": global(review), "comment": thread, "thread": first["cursor"], "reply": reply["cursor"] });
    let found = app.anonymous().run(query, variables).await;
    let rest = &found["review"]["comments"]["edges"];
    assert_eq!(rest, &json!([{ "cursor": rest[0]["cursor"], "node": { "body": "Two" } }]));
    assert_eq!(found["thread"]["replies"]["edges"], json!([{ "node": { "body": "One and three quarters" } }]));

    let mixed = json!({ "review": global(review), "comment": thread, "thread": reply["cursor"] });
    assert_eq!(app.anonymous().fail(query, mixed).await["extensions"]["code"], "BAD_INPUT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_to_a_comment_on_the_same_review_that_can_be_seen() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    let other = app.review(ada, app.shop("Dumplings").await, 4).await;
    let elsewhere = app.comment(bob, other, None, "Elsewhere").await;
    let thread = app.comment(bob, review, None, "Rude").await;
    let under = app.comment(ada, review, Some(thread), "Under it").await;
    app.hide("comments", thread).await;
    for parent in [elsewhere, thread, under, db::CommentId::new()] {
        for user in [ada, bob] {
            let reasons = app.as_user(user).refused("addComment", remark(review, &global(parent), "But")).await;
            assert_eq!(reasons, ["NOT_FOUND input.parentId"]);
        }
    }
    let reasons = app.as_user(ada).refused("addComment", remark(review, &global(review), "But")).await;
    assert_eq!(reasons, ["BAD_INPUT input.parentId"]);
    assert_eq!(counts(&app, review).await, json!([0, 0, []]));
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comments_on_a_review_that_is_hidden_or_not_there() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let shop = app.shop("Noodles").await;
    let hidden = app.review(ada, shop, 1).await;
    let comment = app.comment(bob, hidden, None, "Rude").await;
    app.hide("reviews", hidden).await;
    for review in [hidden, db::ReviewId::new()] {
        for parent in [Value::Null, global(comment)] {
            for user in [ada, bob] {
                let reasons = app.as_user(user).refused("addComment", remark(review, &parent, "But")).await;
                assert_eq!(reasons, ["NOT_FOUND input.reviewId"]);
            }
        }
    }
    let reasons = app.as_user(bob).refused("addComment", json!({ "reviewId": global(shop), "body": " " })).await;
    assert_eq!(reasons, ["BAD_INPUT input.reviewId", "BAD_INPUT input.body"]);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_as_long_as_its_limit_at_most_and_stored_in_normal_form() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    app.recount().await;
    let (bob, flag) = (app.as_user(bob), "🇫🇮");
    for body in [flag.repeat(2_001), "x".repeat(2_001), "\u{200b}".into()] {
        assert_eq!(bob.refused("addComment", remark(review, &Value::Null, &body)).await, ["BAD_INPUT input.body"]);
    }
    for (body, stored) in
        [(flag.repeat(2_000), flag.repeat(2_000)), ("\tCafe\u{301}\r\nyes\r".into(), "Café\nyes".into())]
    {
        say(&bob, review, &Value::Null, &body).await;
        let found = conversation(&app, review).await;
        let last = found["comments"]["edges"].as_array().and_then(|edges| edges.last()).expect("a comment");
        assert_eq!(last["node"]["body"], stored);
    }
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_what_was_deleted_since_brings_nothing_back() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    app.recount().await;
    let mut input = remark(review, &Value::Null, "Really?");
    input["idempotencyKey"] = json!("key");
    let bob = app.as_user(bob);
    let added = bob.mutate("addComment", input.clone(), "edge { node { id } }").await;
    bob.mutate("deleteComment", json!({ "commentId": added["edge"]["node"]["id"] }), "").await;
    assert_eq!(bob.refused("addComment", input).await, ["NOT_FOUND input.idempotencyKey"]);
    app.assert_counters().await;
}
