//! Taking one's data along, and leaving.

use serde_json::json;
use tests::TestApp;

use super::{TOKENS, code, person, request_code, text};
use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_by_whoever_can_prove_it_is_theirs() {
    let app = TestApp::new().await;
    let (bob, shop) = (app.user("bob").await, app.shop("Noodles").await);
    let bobs = app.review(bob, shop, 2).await;
    app.recount().await;
    let tokens = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    let ada = app.with_token(&text(&tokens["accessToken"]));
    let id = tokens["viewer"]["user"]["id"].clone();
    ada.mutate("createReview", json!({ "shopId": global(shop), "rating": 5, "body": "Yes" }), "").await;
    ada.mutate("setLike", json!({ "subjectId": global(bobs), "liked": true }), "").await;
    ada.mutate("setFollow", json!({ "userId": global(bob), "following": true }), "").await;
    app.as_user(bob).mutate("setFollow", json!({ "userId": id, "following": true }), "").await;
    let comment =
        ada.mutate("addComment", json!({ "reviewId": global(bobs), "body": "No" }), "edge { node { id } }").await;
    app.assert_counters().await;

    for (input, reason) in [
        (json!({}), "BAD_INPUT input.password"),
        (json!({ "password": "x", "code": "000000" }), "BAD_INPUT input.password"),
        (json!({ "password": "wrong horse" }), "CREDENTIALS_INVALID input.password"),
        (json!({ "code": "000000" }), "CODE_INVALID input.code"),
    ] {
        assert_eq!(ada.refused("deleteAccount", input).await, [reason]);
    }
    let deleted = ada.mutate("deleteAccount", json!({ "password": "correct horse" }), "id").await;
    assert_eq!(deleted["id"], id);

    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { handle } ... on Comment { body author { handle } } } }";
    let found = app.anonymous().run(query, json!({ "ids": [id, comment["edge"]["node"]["id"]] })).await;
    assert_eq!(found["nodes"], json!([null, { "body": "No", "author": null }]));
    app.assert_counters().await;
    let error = ada.fail("{ viewer { user { handle } } }", json!({})).await;
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");
    let refresh = json!({ "refreshToken": tokens["refreshToken"] });
    assert_eq!(app.anonymous().refused("refreshSession", refresh).await, ["CREDENTIALS_INVALID input.refreshToken"]);
    assert_eq!(
        app.anonymous().refused("logIn", json!({ "email": "ada@example.org", "password": "correct horse" })).await,
        ["CREDENTIALS_INVALID"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_can_be_deleted_with_a_code() {
    let app = TestApp::new().await;
    let tokens = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    request_code(&app.anonymous(), "ada@example.org").await;
    let code = code(&app, "ada@example.org").await;
    app.with_token(&text(&tokens["accessToken"])).mutate("deleteAccount", json!({ "code": code }), "").await;
    app.anonymous().mutate("signUp", person("ada"), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_all_that_is_the_viewers_and_nothing_secret() {
    let app = TestApp::new().await;
    let (bob, shop) = (app.user("bob").await, app.shop("Noodles").await);
    let bobs = app.review(bob, shop, 2).await;
    let tokens = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    let ada = app.with_token(&text(&tokens["accessToken"]));
    ada.mutate(
        "createReview",
        json!({ "shopId": global(shop), "rating": 5, "body": "Mine", "idempotencyKey": "k" }),
        "",
    )
    .await;
    ada.mutate("addComment", json!({ "reviewId": global(bobs), "body": "Mine, too" }), "").await;
    ada.mutate("setLike", json!({ "subjectId": global(bobs), "liked": true }), "").await;
    ada.mutate("setFollow", json!({ "userId": global(bob), "following": true }), "").await;
    ada.mutate("report", json!({ "subjectId": global(bobs), "reason": "FAKE", "detail": "Never there" }), "").await;

    let export = ada.run("{ viewer { export } }", json!({})).await["viewer"]["export"].take();
    assert_eq!(export["profile"]["handle"], "ada");
    assert_eq!(export["account"]["email"], "ada@example.org");
    assert_eq!(export["sessions"][0]["device"], "Laptop");
    assert_eq!(
        (&export["reviews"][0]["body"], &export["reviews"][0]["shop_name"]),
        (&json!("Mine"), &json!("Noodles"))
    );
    assert_eq!(export["comments"][0]["body"], "Mine, too");
    assert_eq!(export["likes"][0]["review_id"], bobs.to_string());
    assert_eq!(export["following"][0]["handle"], "bob");
    assert_eq!(export["reports"][0]["detail"], "Never there");
    assert_eq!(export["idempotency_keys"][0]["key"], "k");
    let text = export.to_string();
    assert!(!text.contains("argon2") && !text.contains("hash"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_about_people_is_exported() {
    let app = TestApp::new().await;
    let tables = "select distinct conrelid::regclass::text from pg_constraint
        where contype = 'f' and confrelid = 'users'::regclass and connamespace = current_schema()::regnamespace";
    let rows = app.sql().await.query(tables, &[]).await.expect("tables");
    let export = include_str!("../../../db/src/accounts/export.sql");
    let forgotten: Vec<String> = rows
        .iter()
        .map(|row| row.get(0))
        .filter(|table: &String| !export.contains(&format!("from {table} ")))
        .collect();
    assert!(forgotten.is_empty(), "not exported: {forgotten:?}");
}
