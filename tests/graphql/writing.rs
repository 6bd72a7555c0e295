//! What all mutations have in common, shown on reviews.

use serde_json::{Value, json};
use tests::TestApp;

use crate::nodes::global;

fn review_of(shop: db::ShopId, rating: i32) -> Value {
    json!({ "shopId": global(shop), "rating": rating, "body": "Good noodles" })
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nothing_is_written() {
    let app = TestApp::new().await;
    let shop = app.shop("Noodles").await;
    let query = tests::document("createReview", "review { id }");
    let error = app.anonymous().fail(&query, json!({ "input": review_of(shop, 5) })).await;
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_token_but_no_account_any_more_is_unauthenticated() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let review = app.review(bob, shop, 4).await;
    app.sql().await.batch_execute(&format!("delete from users where id = '{ada}'")).await.expect("a statement");

    for (mutation, input) in [
        ("createReview", review_of(shop, 5)),
        ("createReview", json!({ "shopId": global(shop), "rating": 5, "body": "x", "idempotencyKey": "k" })),
        ("addComment", json!({ "reviewId": global(review), "body": "x" })),
        ("setLike", json!({ "subjectId": global(review), "liked": true })),
        ("setFollow", json!({ "userId": global(bob), "following": true })),
        ("report", json!({ "subjectId": global(review), "reason": "SPAM" })),
        ("updateProfile", json!({ "nickname": "x" })),
    ] {
        let error = app.as_user(ada).fail(&tests::document(mutation, ""), json!({ "input": input })).await;
        assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED", "{mutation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_with_an_input_is_told_at_once() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let input = json!({ "shopId": global(bob), "rating": 6, "title": "two\nlines", "body": " \u{200b} ", "idempotencyKey": "a b" });
    let payload = app.as_user(ada).attempt("createReview", input, "review { id }").await;
    let message = |field: &str, message: &str| json!({ "code": "BAD_INPUT", "field": ["input", field], "message": format!("`{field}` {message}"), "retryAfterMs": null });
    let reasons = [
        message("shopId", "is not the id of a shop"),
        message("rating", "must be within 1 and 5, but is 6"),
        message("title", "must be of one line"),
        message("body", "must not be empty"),
        message("idempotencyKey", "must be of 1 to 200 visible ASCII characters, such as a UUID"),
    ];
    assert_eq!(payload, json!({ "review": null, "userErrors": reasons }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_and_input_give_the_same_review_again() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let mut input = review_of(shop, 5);
    input["idempotencyKey"] = json!("0193b1c4");
    let first = app.as_user(ada).mutate("createReview", input.clone(), "review { id body }").await;
    let again = app.as_user(ada).mutate("createReview", input.clone(), "review { id body }").await;
    assert_eq!(first, again);

    input["rating"] = json!(4);
    let other = app.as_user(ada).refused("createReview", input.clone()).await;
    assert_eq!(other, ["IDEMPOTENCY_MISMATCH input.idempotencyKey"]);
    let comment = json!({ "reviewId": first["review"]["id"], "body": "x", "idempotencyKey": "0193b1c4" });
    let other = app.as_user(ada).refused("addComment", comment).await;
    assert_eq!(other, ["IDEMPOTENCY_MISMATCH input.idempotencyKey"]);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_its_users_own_and_is_forgotten_after_a_day() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let mut input = review_of(shop, 5);
    input["idempotencyKey"] = json!("key");
    let of = async |user| app.as_user(user).mutate("createReview", input.clone(), "review { id }").await;
    assert_ne!(of(ada).await, of(bob).await);

    let age = "update idempotency_keys set created_at = now() - interval '24 hours 1 second'";
    app.sql().await.batch_execute(age).await.expect("a statement");
    assert_eq!(app.as_user(ada).refused("createReview", input.clone()).await, ["CONFLICT input.shopId"]);
    assert_eq!(api::upkeep::forget_old(&app.postgres).await.expect("upkeep").idempotency_keys.expect("keys"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_what_failed_can_be_used_again() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let mut input = review_of(db::ShopId::new(), 5);
    input["idempotencyKey"] = json!("key");
    assert_eq!(app.as_user(ada).refused("createReview", input.clone()).await, ["NOT_FOUND input.shopId"]);
    input["shopId"] = global(shop);
    app.as_user(ada).mutate("createReview", input, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_with_the_same_key_at_the_same_time_make_one_review() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let review = app.review(ada, shop, 4).await;
    let input = json!({ "reviewId": global(review), "body": "Me again", "idempotencyKey": "key" });
    let client = app.as_user(ada);
    let all = (0..8).map(|_| client.mutate("addComment", input.clone(), "edge { node { id } }"));
    let ids: std::collections::HashSet<String> =
        futures_util::future::join_all(all).await.iter().map(|payload| payload["edge"].to_string()).collect();
    assert_eq!(ids.len(), 1);
    let query = "query ($id: ID!) { node(id: $id) { ... on Review { commentCount } } }";
    let counted = app.anonymous().run(query, json!({ "id": global(review) })).await;
    assert_eq!(counted["node"]["commentCount"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_leaves_an_event_with_its_cause() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let body = json!({ "query": tests::document("createReview", ""), "variables": { "input": review_of(shop, 5) } });
    let headers = [("content-type", "application/json"), ("traceparent", trace)];
    app.as_user(ada).send(reqwest::Method::POST, "/graphql", &headers, body.to_string()).await;
    app.as_user(ada).refused("createReview", review_of(shop, 5)).await;

    let events = app.sql().await.query("select kind, payload ->> 'author', trace_context from events", &[]).await;
    let events = events.expect("events");
    assert_eq!(events.len(), 1, "what fails leaves none");
    let column = |index| events[0].get::<_, Option<String>>(index).unwrap_or_default();
    assert_eq!((column(0).as_str(), column(1)), ("review_created", ada.to_string()));
    assert!(column(2).starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"), "{}", column(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn mutations_of_one_request_see_what_those_before_did() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let review = app.review(bob, shop, 4).await;
    let query = "mutation ($id: ID!) {
        on: setLike(input: { subjectId: $id, liked: true }) { subject { likeCount viewerHasLiked ... on Review { shop { name } } } }
        off: setLike(input: { subjectId: $id, liked: false }) { subject { likeCount viewerHasLiked } } }";
    let done = app.as_user(ada).run(query, json!({ "id": global(review) })).await;
    assert_eq!(done["on"]["subject"], json!({ "likeCount": 1, "viewerHasLiked": true, "shop": { "name": "Noodles" } }));
    assert_eq!(done["off"]["subject"], json!({ "likeCount": 0, "viewerHasLiked": false }));
}
