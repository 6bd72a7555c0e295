use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tests::TestApp;

use super::{FLAG, histogram, publish, seen};
use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_published_and_counted_at_once() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    publish(&app.as_user(bob), shop, 4).await;
    let input = json!({ "shopId": global(shop), "rating": 5, "title": "Slurp!", "body": "Every week.\nAnd today." });
    let fields =
        "review { id version rating title body likeCount viewerHasLiked commentCount merchantReply { body } state
        viewerCanUpdate createdAt editedAt author { handle reviews { totalCount edges { node { title } } } }
        shop { viewerReview { title } reviews { totalCount edges { node { title } } }
            rating { average bayesian count histogram { stars count } } } }";
    let review = app.as_user(ada).mutate("createReview", input, fields).await["review"].take();

    let bucket = |stars: i32, count: i32| json!({ "stars": stars, "count": count });
    let titled = json!({ "node": { "title": "Slurp!" } });
    assert_eq!(
        review,
        json!({
            "id": review["id"], "version": 1, "rating": 5, "title": "Slurp!", "body": "Every week.\nAnd today.", "likeCount": 0,
            "viewerHasLiked": false, "commentCount": 0, "merchantReply": null, "state": "VISIBLE", "viewerCanUpdate": true,
            "createdAt": review["createdAt"], "editedAt": null,
            "author": { "handle": "ada", "reviews": { "totalCount": 1, "edges": [titled] } },
            "shop": {
                "viewerReview": { "title": "Slurp!" },
                "reviews": { "totalCount": 2, "edges": [titled, { "node": { "title": null } }] },
                "rating": {
                    "average": 4.5, "bayesian": (10.0 * 3.5 + 5.0 + 4.0) / 12.0, "count": 2,
                    "histogram": [bucket(5, 1), bucket(4, 1), bucket(3, 0), bucket(2, 0), bucket(1, 0)]
                }
            }
        })
    );
    let created: DateTime<Utc> = review["createdAt"].as_str().expect("a time").parse().expect("a time");
    assert!((Utc::now() - created).abs() < TimeDelta::minutes(1), "{created}");
    let everybody = seen(&app, &review["id"], "title viewerCanUpdate author { handle }").await;
    assert_eq!(everybody, json!({ "title": "Slurp!", "viewerCanUpdate": false, "author": { "handle": "ada" } }));
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_review_of_the_same_shop_is_refused() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (noodles, dumplings) = (app.shop("Noodles").await, app.shop("Dumplings").await);
    publish(&app.as_user(ada), noodles, 4).await;
    let again = json!({ "shopId": global(noodles), "rating": 1, "body": "On second thoughts" });
    assert_eq!(app.as_user(ada).refused("createReview", again).await, ["CONFLICT input.shopId"]);

    publish(&app.as_user(ada), dumplings, 4).await;
    publish(&app.as_user(bob), noodles, 4).await;
    assert_eq!(histogram(&app, noodles).await, [0, 2, 0, 0, 0]);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_first_reviews_at_the_same_time_one_is_published() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let clients = [app.as_user(ada), app.as_user(bob)];
    let requests = (0..10).map(|n| {
        let input = json!({ "shopId": global(shop), "rating": n % 5 + 1, "body": "First!" });
        clients[n % 2].attempt("createReview", input, "review { id }")
    });
    let answers = futures_util::future::join_all(requests).await;
    assert_eq!(answers.iter().filter(|answer| answer["review"].is_object()).count(), 2);
    let lost = answers.iter().filter(|answer| answer["userErrors"][0]["code"] == "CONFLICT");
    assert_eq!(lost.count(), 8, "{answers:?}");
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_of_a_shop_that_does_not_exist_is_refused() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let review = |shop: Value| json!({ "shopId": shop, "rating": 4, "body": "Where was it again?" });
    let ada = app.as_user(ada);
    assert_eq!(ada.refused("createReview", review(global(db::ShopId::new()))).await, ["NOT_FOUND input.shopId"]);
    assert_eq!(ada.refused("createReview", review(global(bob))).await, ["BAD_INPUT input.shopId"]);
    assert_eq!(ada.refused("createReview", review(json!("Noodles"))).await, ["BAD_INPUT input.shopId"]);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_may_be_as_long_as_its_limit_and_no_longer() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let review = |title: usize, body: usize| json!({ "shopId": global(shop), "rating": 4, "title": FLAG.repeat(title), "body": FLAG.repeat(body) });
    for (title, body, field) in [(101, 5_000, "title"), (100, 5_001, "body")] {
        let reasons = app.as_user(ada).refused("createReview", review(title, body)).await;
        assert_eq!(reasons, [format!("BAD_INPUT input.{field}")]);
    }
    let made = app.as_user(ada).mutate("createReview", review(100, 5_000), "review { id title body }").await;
    let whole = json!({ "title": FLAG.repeat(100), "body": FLAG.repeat(5_000) });
    assert_eq!(seen(&app, &made["review"]["id"], "title body").await, whole);

    let id = publish(&app.as_user(bob), shop, 4).await;
    for (field, limit) in [("title", 100), ("body", 5_000)] {
        let edit = |length: usize| json!({ "reviewId": id, "version": 1, field: "x".repeat(length) });
        let reasons = app.as_user(bob).refused("updateReview", edit(limit + 1)).await;
        assert_eq!(reasons, [format!("BAD_INPUT input.{field}")]);
    }
    let edit = json!({ "reviewId": id, "version": 1, "title": "x".repeat(100), "body": "x".repeat(5_000) });
    app.as_user(bob).mutate("updateReview", edit, "").await;
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_stored_trimmed_in_normal_form_and_with_plain_line_breaks() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let input = json!({ "shopId": global(shop), "rating": 4, "title": " \tCafe\u{301}\u{3000}", "body": "\r\n一\r\n\r\n二\r三\tend \n" });
    let made = app.as_user(ada).mutate("createReview", input, "review { id }").await;
    let stored = seen(&app, &made["review"]["id"], "title body").await;
    assert_eq!(stored, json!({ "title": "Café", "body": "一\n\n二\n三 end" }));

    let id = publish(&app.as_user(bob), shop, 4).await;
    let edit = json!({ "reviewId": id, "version": 1, "title": "Cafe\u{301}\n", "body": " a\r\nb " });
    app.as_user(bob).mutate("updateReview", edit, "").await;
    assert_eq!(seen(&app, &id, "title body").await, json!({ "title": "Café", "body": "a\nb" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reviews_a_shop_they_own() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (noodles, dumplings) = (app.shop("Noodles").await, app.shop("Dumplings").await);
    app.grant(ada, db::Role::Merchant, &[noodles]).await;
    let own = |key: &str| json!({ "shopId": global(noodles), "rating": 5, "body": "The best", "idempotencyKey": key });
    for _ in 0..2 {
        assert_eq!(app.as_user(ada).refused("createReview", own("k")).await, ["FORBIDDEN input.shopId"]);
    }
    publish(&app.as_user(ada), dumplings, 2).await;
    publish(&app.as_user(bob), noodles, 4).await;
    assert_eq!(histogram(&app, noodles).await, [0, 1, 0, 0, 0]);
    app.assert_counters().await;
}
