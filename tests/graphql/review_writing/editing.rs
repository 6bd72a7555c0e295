use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::TestApp;

use super::{histogram, publish, seen};
use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_moves_the_rating_and_grows_the_version() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let review = publish(&app.as_user(ada), shop, 4).await;
    publish(&app.as_user(bob), shop, 4).await;
    let edit = json!({ "reviewId": review, "version": 1, "rating": 2, "body": "Cold noodles" });
    let fields = "review { id version rating body editedAt shop { rating { average count bayesian } } }";
    let edited = app.as_user(ada).mutate("updateReview", edit, fields).await["review"].take();
    assert!(edited["editedAt"].is_string());
    assert_eq!(
        edited,
        json!({
            "id": review, "version": 2, "rating": 2, "body": "Cold noodles", "editedAt": edited["editedAt"],
            "shop": { "rating": { "average": 3.0, "count": 2, "bayesian": (10.0 * 3.5 + 2.0 + 4.0) / 12.0 } }
        })
    );
    assert_eq!(histogram(&app, shop).await, [0, 1, 0, 1, 0]);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_edit_leaves_out_stays_and_a_title_of_nothing_goes() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let other = publish(&app.as_user(bob), shop, 4).await;
    let input = json!({ "shopId": global(shop), "rating": 4, "title": "Slurp!", "body": "Every week" });
    let review = app.as_user(ada).mutate("createReview", input, "review { id }").await["review"]["id"].take();
    for (version, change, (rating, title, body)) in [
        (1, json!({ "body": "Every day" }), (4, json!("Slurp!"), "Every day")),
        (2, json!({ "rating": 5 }), (5, json!("Slurp!"), "Every day")),
        (3, json!({ "title": "" }), (5, Value::Null, "Every day")),
        (4, json!({ "title": "Back" }), (5, json!("Back"), "Every day")),
        (5, json!({ "rating": null, "title": "Again", "body": null }), (5, json!("Again"), "Every day")),
        (6, json!({ "title": null }), (5, Value::Null, "Every day")),
    ] {
        let mut edit = change.clone();
        (edit["reviewId"], edit["version"]) = (review.clone(), json!(version));
        let edited = app.as_user(ada).mutate("updateReview", edit, "review { version rating title body }").await;
        let expected = json!({ "version": version + 1, "rating": rating, "title": title, "body": body });
        assert_eq!(edited["review"], expected, "{change}");
    }
    assert_eq!(seen(&app, &other, "version editedAt").await, json!({ "version": 1, "editedAt": null }));
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_an_old_version_is_refused() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    publish(&app.as_user(bob), shop, 1).await;
    let (ada, edit) = (
        app.as_user(ada),
        |review: &Value, version: i32, rating: i32| json!({ "reviewId": review, "version": version, "rating": rating }),
    );
    let review = publish(&ada, shop, 4).await;
    ada.mutate("updateReview", edit(&review, 1, 3), "").await;
    for version in [1, 0, 3] {
        let reasons = ada.refused("updateReview", edit(&review, version, 5)).await;
        assert_eq!(reasons, ["STALE_VERSION input.version"], "{version}");
    }
    ada.mutate("updateReview", edit(&review, 2, 5), "").await;
    assert_eq!(histogram(&app, shop).await, [1, 0, 0, 0, 1]);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_edits_of_the_same_version_at_the_same_time_one_wins() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    publish(&app.as_user(bob), shop, 5).await;
    let ada = app.as_user(ada);
    let review = publish(&ada, shop, 5).await;
    for version in 1..=5 {
        let edit = |rating: i32| json!({ "reviewId": review, "version": version, "rating": rating, "body": format!("{version}, {rating}") });
        let edits = (1..=4).map(edit);
        let answers = join_all(edits.map(|edit| ada.attempt("updateReview", edit, "review { rating }"))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer["review"].is_object());
        assert_eq!(won.len(), 1, "{answers:?}");
        assert!(lost.iter().all(|answer| answer["userErrors"][0]["code"] == "STALE_VERSION"), "{lost:?}");
        let now = seen(&app, &review, "rating version").await;
        assert_eq!(now, json!({ "rating": won[0]["review"]["rating"], "version": version + 1 }));
        app.assert_counters().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_author_edits_a_review() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let shop = app.shop("Noodles").await;
    let review = publish(&app.as_user(ada), shop, 4).await;
    let edit = |review: &Value| json!({ "reviewId": review, "version": 1, "rating": 1 });
    for stranger in [bob, mia] {
        let reasons = app.as_user(stranger).refused("updateReview", edit(&review)).await;
        assert_eq!(reasons, ["FORBIDDEN input.reviewId"]);
    }
    let bob = app.as_user(bob);
    assert_eq!(bob.refused("updateReview", edit(&global(db::ReviewId::new()))).await, ["NOT_FOUND input.reviewId"]);
    assert_eq!(bob.refused("updateReview", edit(&global(shop))).await, ["BAD_INPUT input.reviewId"]);

    let hidden = app.review(app.user("cai").await, shop, 4).await;
    app.hide("reviews", hidden).await;
    let reasons = bob.refused("updateReview", edit(&global(hidden))).await;
    assert_eq!(reasons, ["NOT_FOUND input.reviewId"], "what nobody sees is not there");
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_to_the_same_is_none() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let ada = app.as_user(ada);
    let review = publish(&ada, shop, 4).await;
    let fields = "review { version editedAt }";
    for change in [
        json!({ "rating": 4 }),
        json!({ "rating": 4, "body": " Good noodles ", "title": null }),
        json!({ "title": "" }),
    ] {
        let edit = |version: i32| {
            let mut edit = change.clone();
            (edit["reviewId"], edit["version"]) = (review.clone(), json!(version));
            edit
        };
        let same = ada.mutate("updateReview", edit(1), fields).await;
        assert_eq!(same["review"], json!({ "version": 1, "editedAt": null }), "{change}");
        assert_eq!(ada.refused("updateReview", edit(2)).await, ["STALE_VERSION input.version"], "{change}");
    }
    assert_eq!(app.count("events where kind = 'review_updated'").await, 0);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_without_any_change_is_refused() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let review = publish(&app.as_user(ada), shop, 4).await;
    for edit in [
        json!({ "reviewId": review, "version": 1 }),
        json!({ "reviewId": review, "version": 1, "rating": null, "body": null }),
    ] {
        for user in [ada, bob] {
            let reasons = app.as_user(user).refused("updateReview", edit.clone()).await;
            assert_eq!(reasons, ["BAD_INPUT input.rating"]);
        }
    }
    let edit = json!({ "reviewId": review, "version": 1, "rating": 6, "title": "two\nlines", "body": "" });
    let reasons = app.as_user(ada).refused("updateReview", edit).await;
    assert_eq!(reasons, ["rating", "title", "body"].map(|field| format!("BAD_INPUT input.{field}")));
    assert_eq!(seen(&app, &review, "version").await["version"], 1);
}
