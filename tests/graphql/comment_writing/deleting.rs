use futures_util::future::{Either, join_all};
use serde_json::{Value, json};
use tests::TestApp;

use super::{conversation, counts, remark, say};
use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_reply_leaves_its_thread() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    app.recount().await;
    let (ada, bob) = (app.as_user(ada), app.as_user(bob));
    let thread = say(&bob, review, &Value::Null, "Really?").await;
    let reply = say(&ada, review, &thread, "Really.").await;
    say(&bob, review, &reply, "All right.").await;
    bob.mutate("setLike", json!({ "subjectId": reply, "liked": true }), "").await;
    assert_eq!(counts(&app, review).await, json!([3, 1, [2]]));

    let deleted = ada.mutate("deleteComment", json!({ "commentId": reply }), "id").await;
    assert_eq!(deleted["id"], reply);
    let left = json!([{ "node": { "body": "All right.", "replyTo": { "handle": "ada" } } }]);
    let thread = json!({ "node": { "body": "Really?", "replies": { "totalCount": 1, "edges": left } } });
    let expected = json!({ "commentCount": 2, "comments": { "totalCount": 1, "edges": [thread] } });
    assert_eq!(conversation(&app, review).await, expected);
    assert_eq!(ada.refused("deleteComment", json!({ "commentId": reply })).await, ["NOT_FOUND input.commentId"]);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_thread_takes_the_replies_of_others_along() {
    let app = TestApp::new().await;
    let (ada, bob, cai) = (app.user("ada").await, app.user("bob").await, app.user("cai").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    let thread = app.comment(bob, review, None, "Really?").await;
    for author in [ada, bob, cai] {
        let reply = app.comment(author, review, Some(thread), "Yes").await;
        app.like(ada, db::LikeSubject::Comment(reply)).await;
    }
    let rude = app.comment(cai, review, Some(thread), "Rude").await;
    app.comment(cai, review, None, "Another thing").await;
    app.hide("comments", rude).await;
    assert_eq!(counts(&app, review).await, json!([5, 2, [3, 0]]));

    app.as_user(bob).mutate("deleteComment", json!({ "commentId": global(thread) }), "").await;
    assert_eq!(counts(&app, review).await, json!([1, 1, [0]]));
    assert_eq!((app.count("comments").await, app.count("likes").await), (1, 0));
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_author_deletes_a_comment() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    let comment = app.comment(bob, review, None, "Really?").await;
    let hidden = app.comment(bob, review, None, "Rude").await;
    app.hide("comments", hidden).await;
    for stranger in [ada, mia] {
        let reasons = app.as_user(stranger).refused("deleteComment", json!({ "commentId": global(comment) })).await;
        assert_eq!(reasons, ["FORBIDDEN input.commentId"], "not even the author of the review");
    }
    for (id, reason) in [
        (global(hidden), "NOT_FOUND input.commentId"),
        (global(db::CommentId::new()), "NOT_FOUND input.commentId"),
        (global(review), "BAD_INPUT input.commentId"),
    ] {
        assert_eq!(app.as_user(ada).refused("deleteComment", json!({ "commentId": id })).await, [reason]);
    }
    assert_eq!(counts(&app, review).await, json!([1, 1, [0]]));
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_adds_and_deletes_in_one_thread_at_the_same_time_is_counted() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    app.recount().await;
    let people = [app.as_user(ada), app.as_user(bob)];
    let thread = say(&people[0], review, &Value::Null, "Really?").await;
    let mut replies = Vec::new();
    for n in 0..6 {
        replies.push(say(&people[n % 2], review, &thread, "Yes").await);
    }
    let together = (0..12).map(|n| {
        let (person, reply) = (&people[n % 2], &replies[n / 2]);
        if n % 2 == n / 2 % 2 {
            Either::Left(person.attempt("deleteComment", json!({ "commentId": reply }), ""))
        } else {
            Either::Right(person.attempt("addComment", remark(review, reply, "No"), ""))
        }
    });
    for answer in join_all(together).await {
        let reason = &answer["userErrors"][0];
        let answers_what_is_gone = reason["code"] == "NOT_FOUND" && reason["field"] == json!(["input", "parentId"]);
        assert!(reason.is_null() || answers_what_is_gone, "{answer}");
    }
    app.assert_counters().await;

    let ending = people[0].attempt("deleteComment", json!({ "commentId": thread }), "id");
    let adding = (0..8).map(|n| people[n % 2].attempt("addComment", remark(review, &thread, "Wait!"), ""));
    let (ended, added) = tokio::join!(ending, join_all(adding));
    assert_eq!(ended["id"], thread);
    for answer in added {
        assert!([Value::Null, json!("NOT_FOUND")].contains(&answer["userErrors"][0]["code"]), "{answer}");
    }
    assert_eq!(counts(&app, review).await, json!([0, 0, []]));
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_liked_while_it_is_deleted() {
    let app = TestApp::new().await;
    let (ada, bob, cai) = (app.user("ada").await, app.user("bob").await, app.user("cai").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    app.recount().await;
    let (ada, fans) = (app.as_user(ada), [app.as_user(bob), app.as_user(cai)]);
    for _ in 0..5 {
        let thread = say(&ada, review, &Value::Null, "Really?").await;
        let reply = say(&fans[0], review, &thread, "Really.").await;
        let likes = (0..8).map(|n| {
            let (subject, liked) = ([&thread, &reply][n / 2 % 2], n < 6);
            fans[n % 2].attempt("setLike", json!({ "subjectId": subject, "liked": liked }), "")
        });
        let (likes, _) = tokio::join!(join_all(likes), ada.mutate("deleteComment", json!({ "commentId": thread }), ""));
        for answer in likes {
            assert!([Value::Null, json!("NOT_FOUND")].contains(&answer["userErrors"][0]["code"]), "{answer}");
        }
        assert_eq!(app.count("likes").await, 0);
        app.assert_counters().await;
    }
}
