use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::TestApp;

use super::{histogram, publish, seen};
use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_a_review_goes_with_it() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let (ada, bob) = (app.as_user(ada), app.as_user(bob));
    let (review, other) = (publish(&ada, shop, 4).await, publish(&bob, shop, 5).await);
    let said = json!({ "reviewId": review, "body": "Really?" });
    let comment = bob.mutate("addComment", said, "edge { node { id } }").await["edge"]["node"]["id"].take();
    let reply = json!({ "reviewId": review, "parentId": comment, "body": "Really." });
    let reply = ada.mutate("addComment", reply, "edge { node { id } }").await["edge"]["node"]["id"].take();
    for subject in [&review, &comment, &reply, &other] {
        bob.mutate("setLike", json!({ "subjectId": subject, "liked": true }), "").await;
    }

    let deleted = ada.mutate("deleteReview", json!({ "reviewId": review }), "id").await;
    assert_eq!(deleted["id"], review);
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let found = ada.run(query, json!({ "ids": [review, comment, reply, other] })).await;
    assert_eq!(found["nodes"], json!([null, null, null, { "id": other }]));
    let query = "query ($id: ID!) { shop(id: $id) { viewerReview { id } rating { average } reviews { totalCount edges { node { id } } } }
        viewer { user { reviews { totalCount edges { node { id } } } } } }";
    let found = ada.run(query, json!({ "id": global(shop) })).await;
    let (none, one) =
        (json!({ "totalCount": 0, "edges": [] }), json!({ "totalCount": 1, "edges": [{ "node": { "id": other } }] }));
    assert_eq!(
        found,
        json!({ "shop": { "viewerReview": null, "rating": { "average": 5.0 }, "reviews": one }, "viewer": { "user": { "reviews": none } } })
    );
    assert_eq!((app.count("comments").await, app.count("likes").await), (0, 1));
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_deleting_a_review_one_may_write_another() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    publish(&app.as_user(bob), shop, 3).await;
    let ada = app.as_user(ada);
    let review = publish(&ada, shop, 4).await;
    ada.mutate("deleteReview", json!({ "reviewId": review }), "").await;
    assert_eq!(ada.refused("deleteReview", json!({ "reviewId": review })).await, ["NOT_FOUND input.reviewId"]);
    assert_eq!(histogram(&app, shop).await, [0, 0, 1, 0, 0]);

    let another = publish(&ada, shop, 1).await;
    assert_ne!(another, review);
    assert_eq!(histogram(&app, shop).await, [0, 0, 1, 0, 1]);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_what_was_deleted_since_brings_nothing_back() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    publish(&app.as_user(bob), shop, 3).await;
    let ada = app.as_user(ada);
    let input = json!({ "shopId": global(shop), "rating": 4, "body": "Slurp", "idempotencyKey": "key" });
    let review = ada.mutate("createReview", input.clone(), "review { id }").await["review"]["id"].take();
    ada.mutate("deleteReview", json!({ "reviewId": review }), "").await;
    assert_eq!(ada.refused("createReview", input).await, ["NOT_FOUND input.idempotencyKey"]);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_author_deletes_a_review() {
    let app = TestApp::new().await;
    let (ada, bob, owner) = (app.user("ada").await, app.user("bob").await, app.user("owner").await);
    let (shop, mia) = (app.shop("Noodles").await, app.moderator("mia").await);
    app.execute(&format!("update shops set owner_id = '{owner}'")).await;
    let review = publish(&app.as_user(ada), shop, 4).await;
    for stranger in [bob, owner, mia] {
        let reasons = app.as_user(stranger).refused("deleteReview", json!({ "reviewId": review })).await;
        assert_eq!(reasons, ["FORBIDDEN input.reviewId"]);
    }
    let unknown = json!({ "reviewId": global(db::ReviewId::new()) });
    assert_eq!(app.as_user(bob).refused("deleteReview", unknown).await, ["NOT_FOUND input.reviewId"]);
    assert_eq!(seen(&app, &review, "rating").await["rating"], 4);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_about_a_review_while_it_is_deleted_goes_with_it_or_is_refused() {
    let app = TestApp::new().await;
    let (author, shop) = (app.user("author").await, app.shop("Noodles").await);
    let mut people = Vec::new();
    for n in 0..4 {
        people.push(app.as_user(app.user(&format!("person_{n}")).await));
    }
    let author = app.as_user(author);
    for _ in 0..5 {
        let review = publish(&author, shop, 4).await;
        let likes =
            people.iter().map(|person| person.attempt("setLike", json!({ "subjectId": review, "liked": true }), ""));
        let comments = people
            .iter()
            .map(|person| person.attempt("addComment", json!({ "reviewId": review, "body": "Wait!" }), ""));
        let deletions = (0..2).map(|_| author.attempt("deleteReview", json!({ "reviewId": review }), "id"));
        let (likes, deletions, comments) = tokio::join!(join_all(likes), join_all(deletions), join_all(comments));
        assert_eq!(deletions.iter().filter(|answer| answer["id"] == review).count(), 1, "{deletions:?}");
        for answer in likes.iter().chain(&comments) {
            let reason = &answer["userErrors"][0]["code"];
            assert!([Value::Null, json!("NOT_FOUND")].contains(reason), "{answer}");
        }
        assert_eq!(seen(&app, &review, "id").await, Value::Null);
        app.assert_counters().await;
    }
}
