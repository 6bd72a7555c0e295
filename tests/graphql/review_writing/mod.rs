//! Writing reviews, and answering them.

mod creating;
mod deleting;
mod editing;
mod replying;

use serde_json::{Value, json};
use tests::{Client, TestApp};

use crate::nodes::global;

/// What people take for one character, and Unicode for two.
const FLAG: &str = "🇫🇮";

/// Publishes a review without a title, and returns its id.
async fn publish(client: &Client<'_>, shop: db::ShopId, rating: i32) -> Value {
    let input = json!({ "shopId": global(shop), "rating": rating, "body": "Good noodles" });
    client.mutate("createReview", input, "review { id }").await["review"]["id"].take()
}

/// How many ratings of five stars a shop has, of four, … of one.
async fn histogram(app: &TestApp, shop: db::ShopId) -> Vec<i64> {
    let query = "query ($id: ID!) { shop(id: $id) { rating { histogram { count } } } }";
    let found = app.anonymous().run(query, json!({ "id": global(shop) })).await;
    let buckets = found["shop"]["rating"]["histogram"].as_array().expect("a histogram").iter();
    buckets.filter_map(|bucket| bucket["count"].as_i64()).collect()
}

/// Fields of a review as everybody sees it; null if nobody does.
async fn seen(app: &TestApp, review: &Value, fields: &str) -> Value {
    let query = format!("query ($id: ID!) {{ node(id: $id) {{ ... on Review {{ {fields} }} }} }}");
    app.anonymous().run(&query, json!({ "id": review })).await["node"].take()
}
