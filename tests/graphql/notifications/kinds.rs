//! What people are told of, and what not.

use db::LikeSubject;
use serde_json::json;
use tests::TestApp;

use super::{comment, follow, like, review, told, unread};
use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn likes_of_a_review_are_told_as_one() {
    let app = TestApp::new().await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    let subject = LikeSubject::Review(app.review(ada, app.shop("Noodles").await, 4).await);
    like(&app, ada, subject, true).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(ada)).await, [""; 0], "their own like is no news");

    like(&app, bob, subject, true).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(ada)).await, ["LIKE by bob (1) on Review*"]);
    like(&app, eve, subject, true).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(ada)).await, ["LIKE by eve, bob (2) on Review*"]);
    assert_eq!(unread(&app.as_user(ada)).await, 1);

    like(&app, eve, subject, false).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(ada)).await, ["LIKE by bob (1) on Review*"]);
    like(&app, bob, subject, false).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(ada)).await, [""; 0]);
    for stranger in [bob, eve] {
        assert_eq!(told(&app.as_user(stranger)).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_told_again_when_somebody_joins() {
    let app = TestApp::new().await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    let reviewed = app.review(ada, app.shop("Noodles").await, 4).await;
    like(&app, bob, LikeSubject::Review(reviewed), true).await;
    app.work_off().await;
    follow(&app, eve, ada, true).await;
    app.work_off().await;
    let viewer = app.as_user(ada);
    assert_eq!(told(&viewer).await, ["FOLLOW by eve (1) on User*", "LIKE by bob (1) on Review*"]);
    let ids = viewer.run("{ viewer { notifications { edges { node { id } } } } }", json!({})).await;
    let newest = ids["viewer"]["notifications"]["edges"][0]["node"]["id"].clone();
    let read = viewer.mutate("markNotificationsRead", json!({ "upTo": newest }), "unreadCount").await;
    assert_eq!(read["unreadCount"], 0);

    like(&app, eve, LikeSubject::Review(reviewed), true).await;
    app.work_off().await;
    assert_eq!(told(&viewer).await, ["LIKE by eve, bob (2) on Review*", "FOLLOW by eve (1) on User"]);
    like(&app, bob, LikeSubject::Review(reviewed), false).await;
    app.work_off().await;
    assert_eq!(told(&viewer).await, ["LIKE by eve (1) on Review*", "FOLLOW by eve (1) on User"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_are_told_to_the_author_of_the_review_and_answers_to_whom_they_answer() {
    let app = TestApp::new().await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    let reviewed = app.review(ada, app.shop("Noodles").await, 4).await;
    let thread = comment(&app, bob, reviewed, None).await;
    let answer = comment(&app, eve, reviewed, Some(&thread)).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(ada)).await, ["COMMENT by eve, bob (2) on Comment*"]);
    assert_eq!(told(&app.as_user(bob)).await, ["REPLY by eve (1) on Comment*"]);

    let back = comment(&app, ada, reviewed, Some(&answer)).await;
    comment(&app, bob, reviewed, Some(&back)).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(eve)).await, ["REPLY by ada (1) on Comment*"]);
    let of_ada = ["REPLY by bob (1) on Comment*", "COMMENT by eve, bob (2) on Comment*"];
    assert_eq!(told(&app.as_user(ada)).await, of_ada, "what answers them is told as an answer alone");
    assert_eq!(told(&app.as_user(bob)).await, ["REPLY by eve (1) on Comment*"]);

    app.as_user(eve).mutate("deleteComment", json!({ "commentId": answer }), "").await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(bob)).await, [""; 0]);
    assert_eq!(told(&app.as_user(ada)).await, ["REPLY by bob (1) on Comment*", "COMMENT by bob (1) on Comment*"]);
    app.as_user(bob).mutate("deleteComment", json!({ "commentId": thread }), "").await;
    app.work_off().await;
    for person in [ada, bob, eve] {
        assert_eq!(told(&app.as_user(person)).await, [""; 0], "nothing is left to tell");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn likes_of_a_comment_are_told_to_its_author_until_it_is_gone() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let reviewed = app.review(ada, app.shop("Noodles").await, 4).await;
    let said = app.comment(bob, reviewed, None, "Well").await;
    app.recount().await;
    like(&app, ada, LikeSubject::Comment(said), true).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(bob)).await, ["LIKE by ada (1) on Comment*"]);
    app.as_user(bob).mutate("deleteComment", json!({ "commentId": global(said) }), "").await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(bob)).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_is_hidden_is_told_no_more() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let reviewed = app.review(ada, app.shop("Noodles").await, 4).await;
    let rude = comment(&app, bob, reviewed, None).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(ada)).await, ["COMMENT by bob (1) on Comment*"]);
    app.as_user(mia).mutate("moderate", json!({ "subjectId": rude, "state": "HIDDEN" }), "").await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(ada)).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_is_hidden_is_told_no_more() {
    let app = TestApp::new().await;
    let (ada, bob, max) = (app.user("ada").await, app.user("bob").await, app.merchant("max").await);
    let mia = app.moderator("mia").await;
    let (shop, other) = (app.shop("Noodles").await, app.shop("Dumplings").await);
    app.grant(max, db::Role::Merchant, &[shop]).await;
    follow(&app, bob, ada, true).await;
    let rude = review(&app, ada, shop).await;
    review(&app, ada, other).await;
    app.work_off().await;
    let by_ada = "REVIEW by ada (1) on Review*";
    assert_eq!(told(&app.as_user(bob)).await, [by_ada, by_ada]);
    assert_eq!(told(&app.as_user(max)).await, [by_ada]);
    for state in ["HIDDEN", "VISIBLE"] {
        app.as_user(mia).mutate("moderate", json!({ "subjectId": rude, "state": state }), "").await;
        app.work_off().await;
        assert_eq!(told(&app.as_user(bob)).await, [by_ada], "{state}: the other is told still");
        assert_eq!(unread(&app.as_user(bob)).await, 1);
        assert_eq!(told(&app.as_user(max)).await, [""; 0], "{state}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_a_moderator_lets_stand_is_told_still() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    follow(&app, bob, ada, true).await;
    let written = review(&app, ada, app.shop("Noodles").await).await;
    app.work_off().await;
    app.as_user(mia).mutate("moderate", json!({ "subjectId": written, "state": "VISIBLE" }), "").await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(bob)).await, ["REVIEW by ada (1) on Review*"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_on_one_day_is_told_as_one() {
    let app = TestApp::new().await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    follow(&app, bob, ada, true).await;
    follow(&app, eve, ada, true).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(ada)).await, ["FOLLOW by eve, bob (2) on User*"]);
    follow(&app, bob, ada, false).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(ada)).await, ["FOLLOW by eve (1) on User*"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_told_to_followers_and_to_the_owner_of_the_shop() {
    let app = TestApp::new().await;
    let (ada, bob, max) = (app.user("ada").await, app.user("bob").await, app.merchant("max").await);
    let shop = app.shop("Noodles").await;
    app.grant(max, db::Role::Merchant, &[shop]).await;
    follow(&app, bob, ada, true).await;
    follow(&app, max, ada, true).await;
    let written = review(&app, ada, shop).await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(bob)).await, ["REVIEW by ada (1) on Review*"]);
    assert_eq!(told(&app.as_user(max)).await, ["REVIEW by ada (1) on Review*"], "once, though they are both");

    app.as_user(max).mutate("replyAsMerchant", json!({ "reviewId": written, "body": "Thanks" }), "").await;
    app.work_off().await;
    let of_ada = told(&app.as_user(ada)).await;
    assert_eq!(of_ada[0], "MERCHANT_REPLY by max (1) on Review*");
    app.as_user(ada).mutate("deleteReview", json!({ "reviewId": written }), "").await;
    app.work_off().await;
    assert_eq!(told(&app.as_user(bob)).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_many_followers_are_told() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let shop = app.shop("Noodles").await;
    app.execute(&format!(
        "insert into users (id, handle, nickname) select gen_random_uuid(), 'fan_' || n, 'Fan' from generate_series(1, 2500) as n;
         insert into follows (id, follower_id, followee_id) select gen_random_uuid(), id, '{ada}' from users where handle like 'fan%';"
    ))
    .await;
    app.recount().await;
    review(&app, ada, shop).await;
    app.work_off().await;
    assert_eq!(app.count("notifications where kind = 'review' and number = 1").await, 2500);
    assert_eq!(app.count("events").await, 0);
}
