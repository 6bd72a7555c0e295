//! What authors can do with what was hidden.

use serde_json::{Value, json};
use tests::TestApp;

use super::{comment_count, moderate, state};
use crate::nodes::global;

/// The number of ratings of a shop, and their mean.
async fn rating(app: &TestApp, shop: db::ShopId) -> Value {
    let query = "query ($id: ID!) { shop(id: $id) { rating { count average } } }";
    let found = app.anonymous().run(query, json!({ "id": global(shop) })).await;
    json!([found["shop"]["rating"]["count"], found["shop"]["rating"]["average"]])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_review_is_edited_out_of_sight() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let shop = app.shop("Noodles").await;
    let review = app.review(ada, shop, 1).await;
    app.review(bob, shop, 4).await;
    app.recount().await;
    let (ada, mia, id) = (app.as_user(ada), app.as_user(mia), global(review));
    moderate(&mia, &id, "HIDDEN").await;
    let edit = json!({ "reviewId": id, "version": 1, "rating": 2, "body": "Politely" });
    let edited = ada.mutate("updateReview", edit, "review { state rating body }").await;
    assert_eq!(edited["review"], json!({ "state": "HIDDEN", "rating": 2, "body": "Politely" }));
    assert_eq!(rating(&app, shop).await, json!([1, 4.0]));
    assert_eq!(state(&app.anonymous(), &id).await, Value::Null);
    app.assert_counters().await;

    let second = json!({ "shopId": global(shop), "rating": 5, "body": "Another try" });
    assert_eq!(ada.refused("createReview", second).await, ["CONFLICT input.shopId"]);
    moderate(&mia, &id, "VISIBLE").await;
    assert_eq!(rating(&app, shop).await, json!([2, 3.0]));
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_review_stays_so_that_no_other_takes_its_place() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let shop = app.shop("Noodles").await;
    let review = app.review(ada, shop, 1).await;
    app.review(bob, shop, 4).await;
    app.comment(bob, review, None, "Really?").await;
    app.recount().await;
    let (ada, mia, id) = (app.as_user(ada), app.as_user(mia), global(review));
    moderate(&mia, &id, "HIDDEN").await;
    assert_eq!(ada.refused("deleteReview", json!({ "reviewId": id })).await, ["FORBIDDEN input.reviewId"]);
    assert_eq!(rating(&app, shop).await, json!([1, 4.0]));
    moderate(&mia, &id, "VISIBLE").await;
    ada.mutate("deleteReview", json!({ "reviewId": id }), "").await;
    assert_eq!(rating(&app, shop).await, json!([1, 4.0]));
    let reasons = mia.refused("moderate", json!({ "subjectId": id, "state": "HIDDEN" })).await;
    assert_eq!(reasons, ["NOT_FOUND input.subjectId"]);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_comments_are_deleted_without_being_counted_out_twice() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    let thread = app.comment(bob, review, None, "Rude").await;
    let (reply, kind) =
        (app.comment(bob, review, Some(thread), "Ruder").await, app.comment(ada, review, Some(thread), "Sigh").await);
    let other = app.comment(bob, review, None, "Another thing").await;
    app.comment(ada, review, Some(other), "Yes").await;
    app.recount().await;
    let (ada, bob, mia) = (app.as_user(ada), app.as_user(bob), app.as_user(mia));
    let delete = |id: db::CommentId| json!({ "commentId": global(id) });

    moderate(&mia, &global(reply), "HIDDEN").await;
    assert_eq!(comment_count(&app, review).await, 4);
    bob.mutate("deleteComment", delete(reply), "").await;
    assert_eq!(comment_count(&app, review).await, 4);
    app.assert_counters().await;

    moderate(&mia, &global(thread), "HIDDEN").await;
    assert_eq!(comment_count(&app, review).await, 2);
    ada.mutate("deleteComment", delete(kind), "").await;
    assert_eq!(comment_count(&app, review).await, 2);
    app.assert_counters().await;
    bob.mutate("deleteComment", delete(thread), "").await;
    assert_eq!(comment_count(&app, review).await, 2);
    app.assert_counters().await;

    moderate(&mia, &global(review), "HIDDEN").await;
    bob.mutate("deleteComment", delete(other), "").await;
    moderate(&mia, &global(review), "VISIBLE").await;
    assert_eq!(comment_count(&app, review).await, 0);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_edited_while_moderators_decide() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let shop = app.shop("Noodles").await;
    let review = app.review(ada, shop, 1).await;
    // The moderator's own review is counted in the row that says they are a moderator.
    let own = app.review(mia, shop, 5).await;
    app.review(bob, shop, 4).await;
    app.recount().await;
    let (ada, mia) = (app.as_user(ada), app.as_user(mia));
    let edit = |id: db::ReviewId, version: i32| json!({ "reviewId": global(id), "version": version, "rating": version % 5 + 1 });
    for version in 1..=6 {
        let state = ["VISIBLE", "HIDDEN"][version as usize % 2];
        let (review_id, own_id) = (global(review), global(own));
        tokio::join!(
            moderate(&mia, &review_id, state),
            moderate(&mia, &own_id, state),
            ada.mutate("updateReview", edit(review, version), ""),
            mia.mutate("updateReview", edit(own, version), ""),
        );
        app.assert_counters().await;
    }
    let (own_id, review_id) = (global(own), global(review));
    tokio::join!(
        mia.attempt("deleteReview", json!({ "reviewId": own_id }), ""),
        ada.attempt("deleteReview", json!({ "reviewId": review_id }), ""),
        mia.attempt("moderate", json!({ "subjectId": own_id, "state": "HIDDEN" }), ""),
        mia.attempt("moderate", json!({ "subjectId": review_id, "state": "HIDDEN" }), ""),
    );
    assert_eq!(rating(&app, shop).await, json!([1, 4.0]));
    app.assert_counters().await;
}
