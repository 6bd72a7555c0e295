//! What runs over a socket.

use api::global_id;
use serde_json::{Value, json};
use tests::{TestApp, closed, document};

const REVIEWS: &str = "subscription ($shop: ID!) { reviewAdded(shopId: $shop) { node { rating } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_query_has_one_result() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let mut socket = app.socket_of(ada).await;
    let query = "query A($id: ID!) { node(id: $id) { id ... on User { handle } } } query B { __typename }";
    let payload = json!({ "query": query, "operationName": "A", "variables": { "id": global_id::encode(ada).0 } });
    socket.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    let data = json!({ "data": { "node": { "id": global_id::encode(ada).0, "handle": "ada" } } });
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "next", "payload": data }));
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_is_done_and_read() {
    let app = TestApp::new().await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let mut socket = app.socket_of(ada).await;
    let input = json!({ "shopId": global_id::encode(shop).0, "rating": 4, "body": "Good." });
    let mutation = document("createReview", "review { shop { rating { average } } }");
    let answer = socket.ask(&mutation, json!({ "input": input })).await;
    assert_eq!(answer["data"]["createReview"]["userErrors"], json!([]), "{answer}");
    assert_eq!(answer["data"]["createReview"]["review"]["shop"]["rating"]["average"], 4.0);

    let cause = app.sql().await.query_one("select trace_context from events where kind = 'review_created'", &[]).await;
    let cause: Option<String> = cause.expect("an event").get(0);
    assert!(cause.is_some_and(|cause| cause.starts_with("00-")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_fails_is_a_result_and_not_an_error() {
    let app = TestApp::new().await;
    let mut socket = app.socket().await;
    let answer = socket.ask(r#"{ one: shop(id: "nonsense") { name } two: __typename }"#, json!({})).await;
    assert_eq!(answer["data"], json!({ "one": null, "two": "Query" }));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT");
    assert!(answer.to_string().starts_with(r#"{"data":{"one":null,"two""#), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_no_good_is_an_error_and_nothing_follows() {
    let app = TestApp::new().await;
    let mut socket = app.socket().await;
    let nested = "[".repeat(100);
    for document in [
        "{",
        "{ noSuchField }",
        "query A { __typename } query B { __typename }",
        "query ($n: Int!) { __typename @include(if: true) }",
        &format!("{{ shop(id: {nested}) {{ name }} }}"),
        "subscription { noSuchField }",
        "subscription { reviewAdded { cursor } }",
        "subscription { __typename }",
        r#"subscription { a: reviewAdded(shopId: "1") { cursor } b: reviewAdded(shopId: "1") { cursor } }"#,
        r#"subscription { ... { reviewAdded(shopId: "1") { cursor } } }"#,
    ] {
        socket.begin("1", document, json!({})).await;
        let error = socket.hear().await;
        assert_eq!((&error["id"], &error["type"]), (&json!("1"), &json!("error")), "{document}");
        let errors = error["payload"].as_array().expect("errors");
        assert!(errors.iter().all(|error| error["extensions"]["code"] == "BAD_INPUT"), "{error}");
        assert!(errors.iter().all(|error| error["message"].is_string()), "{error}");
    }
    assert_eq!(socket.ask("{ __typename }", json!({})).await["data"]["__typename"], "Query");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_under_way_is_not_used_again() {
    let app = TestApp::new().await;
    let shop = global_id::encode(app.shop("Noodles").await).0;
    let mut socket = app.socket().await;
    socket.follow("1", REVIEWS, json!({ "shop": shop })).await;
    socket.begin("1", "{ __typename }", json!({})).await;
    assert_eq!(socket.closed().await, closed(4409, "Subscriber for 1 already exists"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_comes_of_what_the_client_has_completed() {
    let app = TestApp::new().await;
    let (ada, bo, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let variables = json!({ "shop": global_id::encode(shop).0 });
    let mut socket = app.socket().await;
    socket.follow("gone", REVIEWS, variables.clone()).await;
    socket.follow("there", REVIEWS, variables.clone()).await;
    socket.complete("gone").await;
    socket.complete("never there").await;
    assert_eq!(socket.ask("{ __typename }", json!({})).await["data"]["__typename"], "Query");

    app.tell_of_review(app.review(ada, shop, 5).await, shop).await;
    assert_eq!(rating(socket.next("there").await), 5);
    socket.follow("gone", REVIEWS, variables).await;
    app.tell_of_review(app.review(bo, shop, 4).await, shop).await;
    let mut both = [socket.hear().await, socket.hear().await].map(|message| message["id"].to_string());
    both.sort();
    assert_eq!(both, [r#""gone""#, r#""there""#]);
}

fn rating(payload: Value) -> i64 {
    payload["data"]["reviewAdded"]["node"]["rating"].as_i64().expect("a rating")
}
