//! What is left of an answer when a part of it fails.

use serde_json::{Value, json};
use tests::{TestApp, place};

use crate::nodes::global;

async fn ask(app: &TestApp, query: &str) -> Value {
    app.anonymous().post(json!({ "query": query })).await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_failed_is_null() {
    let app = TestApp::new().await;
    let answer = ask(&app, "{ bad: node(id: \"garbage\") { id } __typename }").await;
    assert_eq!(answer["data"], json!({ "bad": null, "__typename": "Query" }));
    assert_eq!(answer["errors"][0]["path"], json!(["bad"]));
    let told = &answer["errors"][0]["extensions"];
    assert_eq!((&told["code"], &told["field"]), (&json!("BAD_INPUT"), &json!("id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_null_takes_its_parent_along() {
    let app = TestApp::new().await;
    let id = global(app.shop("Noodles").await);
    let bad = "reviews(first: 1000) { totalCount }";
    for (query, data) in [
        // `Query.shop` may be null, `Shop.reviews` may not.
        (format!("{{ __typename shop(id: {id}) {{ name {bad} }} }}"), json!({ "__typename": "Query", "shop": null })),
        (format!("{{ shop(id: {id}) {{ {bad} }} }}"), json!({ "shop": null })),
        (
            format!("{{ shop(id: {id}) {{ ...Bad }} }} fragment Bad on Shop {{ name a: {bad} b: {bad} }}"),
            json!({ "shop": null }),
        ),
        (format!("{{ node(id: {id}) {{ id ... on Shop {{ {bad} }} }} }}"), json!({ "node": null })),
        // An item of `Query.nodes` may be null by itself.
        (format!("{{ nodes(ids: [{id}]) {{ id ... on Shop {{ {bad} }} }} }}"), json!({ "nodes": [null] })),
        // Nothing up to the root may be null, but for the data itself.
        (format!("{{ __typename searchShops {{ edges {{ node {{ {bad} }} }} }} }}"), Value::Null),
        ("{ __typename searchShops(first: 1000) { totalCount } }".to_owned(), Value::Null),
    ] {
        let answer = ask(&app, &query).await;
        assert_eq!(answer.get("data"), Some(&data), "{query}: {answer:#}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT", "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_leaves_its_siblings_whole() {
    let app = TestApp::new().await;
    let ids = app.store(&[place(&app, "a").await, place(&app, "b").await]).await;
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Shop { name photos(first: 1) { url } reviews { totalCount } } }
        broken: user(id: \"x\") { handle } fine: categories { children { parent { children { id } } } } }";
    let ids: Vec<Value> = ids.into_iter().map(global).collect();
    let answer = app.anonymous().post(json!({ "query": query, "variables": { "ids": ids } })).await.body;
    assert_eq!(answer["data"]["nodes"][1], json!({ "name": "b", "photos": [], "reviews": { "totalCount": 0 } }));
    assert_eq!(answer["data"].get("broken"), Some(&Value::Null));
    assert!(answer["data"]["fine"][0]["children"].is_array());
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_is_left_out_leaves_the_default() {
    let app = TestApp::new().await;
    for n in 0..21 {
        app.shop(&format!("Place {n}")).await;
    }
    let query = "query ($first: Int, $order: ShopOrder, $open: Boolean) {
        searchShops(first: $first, orderBy: $order, filter: { openNow: $open }) { edges { node { id } } } }";
    let count = async |variables: Value| {
        app.anonymous().run(query, variables).await["searchShops"]["edges"].as_array().map(Vec::len)
    };
    assert_eq!(count(json!({})).await, Some(20));
    assert_eq!(count(json!({ "first": 3, "order": "RATING" })).await, Some(3));
    let error = app.anonymous().fail(query, json!({ "first": null })).await;
    assert_eq!(error["extensions"]["code"], "BAD_INPUT");
}
