//! Who is who.

use reqwest::StatusCode;
use serde_json::json;
use tests::TestApp;

const WHO: &str = "{ viewer { user { handle } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_tells_who_one_is() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let found = app.as_user(ada).run(WHO, json!({})).await;
    assert_eq!(found["viewer"]["user"]["handle"], "ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_there_is_no_viewer() {
    let app = TestApp::new().await;
    assert_eq!(app.anonymous().run(WHO, json!({})).await, json!({ "viewer": null }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_is_refused_and_not_taken_for_none() {
    let app = TestApp::new().await;
    let (_, other) = (app.user("ada").await, TestApp::new().await);
    let foreign = other.token(other.user("ada").await, chrono::Duration::minutes(5));
    let expired = app.token(app.user("bob").await, chrono::Duration::minutes(-5));
    let none = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJsaW5saSIsInN1YiI6IjAxOWJjMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDEwMCIsImV4cCI6NDEwMjQ0NDgwMH0.";
    for token in ["nonsense", "", none, &foreign, &expired] {
        let answer = app.with_token(token).post(json!({ "query": WHO })).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert!(answer.body["data"].is_null());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_outlives_its_account_in_vain() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let client = app.as_user(ada);
    app.sql().await.batch_execute(&format!("delete from users where id = '{ada}'")).await.expect("a statement");
    assert_eq!(client.fail(WHO, json!({})).await["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_viewer_never_sees_what_was_loaded_for_another() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let review = app.review(bob, shop, 3).await;
    app.like(ada, db::LikeSubject::Review(review)).await;
    let id = json!({ "id": crate::nodes::global(shop) });
    let query = "query ($id: ID!) { shop(id: $id) { viewerReview { rating } reviews { edges { node { viewerHasLiked viewerCanUpdate } } } } }";

    let seen = [app.as_user(ada), app.as_user(bob), app.anonymous()].map(|client| {
        let id = id.clone();
        async move { client.run(query, id).await["shop"].take() }
    });
    let [ada, bob, nobody] = seen;
    let (ada, bob, nobody) = tokio::join!(ada, bob, nobody);
    let review =
        |liked: bool, own: bool| json!({ "edges": [{ "node": { "viewerHasLiked": liked, "viewerCanUpdate": own } }] });
    assert_eq!(ada, json!({ "viewerReview": null, "reviews": review(true, false) }));
    assert_eq!(bob, json!({ "viewerReview": { "rating": 3 }, "reviews": review(false, true) }));
    assert_eq!(nobody, json!({ "viewerReview": null, "reviews": review(false, false) }));
}
