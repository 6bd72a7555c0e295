use api::global_id::{GlobalId, encode};
use serde_json::{Value, json};
use tests::TestApp;

/// An id as clients know it.
pub(crate) fn global(id: impl GlobalId) -> Value {
    json!(encode(id).0)
}

#[tokio::test(flavor = "multi_thread")]
async fn anything_can_be_found_again_by_its_id() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let review = app.review(ada, shop, 4).await;
    let comment = app.comment(ada, review, None, "Still true").await;
    let category = tests::category(&app, "restaurant").await;
    let ids = json!({ "ids": [global(ada), global(shop), global(review), global(comment), global(category)] });

    let found = app.anonymous().run("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids.clone()).await;

    let types: Vec<_> = found["nodes"].as_array().expect("nodes").iter().map(|node| &node["__typename"]).collect();
    assert_eq!(types, ["User", "Shop", "Review", "Comment", "Category"]);
    for (node, id) in found["nodes"].as_array().expect("nodes").iter().zip(ids["ids"].as_array().expect("ids")) {
        assert_eq!(&node["id"], id);
        let one = app.anonymous().run("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        assert_eq!(&one["node"]["id"], id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_null_in_its_place() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let ids = json!({ "ids": [global(db::ShopId::new()), global(ada), global(db::UserId::new())] });
    let found = app.anonymous().run("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }", ids).await;
    assert_eq!(found["nodes"], json!([null, { "__typename": "User" }, null]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_id_is_named() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let node = "query ($id: ID!) { node(id: $id) { id } }";
    let shop = "query ($id: ID!) { shop(id: $id) { id } }";
    for (query, id, message) in [
        (node, json!("nonsense"), "`id` is not an id of this API"),
        (node, json!(""), "`id` is not an id of this API"),
        (shop, json!("1"), "`id` is not an id of this API"),
        (shop, global(ada), "`id` is not the id of a shop"),
    ] {
        let error = app.anonymous().fail(query, json!({ "id": id })).await;
        assert_eq!(error["message"], message);
        assert_eq!(error["extensions"]["code"], "BAD_INPUT");
        assert_eq!(error["extensions"]["field"], "id");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_ids_are_refused() {
    let app = TestApp::new().await;
    let ids: Vec<_> = (0..101).map(|_| global(db::ShopId::new())).collect();
    let error = app.anonymous().fail("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
    assert_eq!(error["message"], "`ids` must have at most 100 items, but has 101");
}
