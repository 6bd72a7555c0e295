//! Writing comments and replies.

mod adding;
mod deleting;

use serde_json::{Value, json};
use tests::{Client, TestApp};

use crate::nodes::global;

/// A comment, or a reply to the parent.
fn remark(review: db::ReviewId, parent: &Value, body: &str) -> Value {
    json!({ "reviewId": global(review), "parentId": parent, "body": body })
}

/// Says something, and returns the id of the comment.
async fn say(client: &Client<'_>, review: db::ReviewId, parent: &Value, body: &str) -> Value {
    let added = client.mutate("addComment", remark(review, parent, body), "edge { node { id } }").await;
    added["edge"]["node"]["id"].clone()
}

/// The comments with their replies, and how many there are, as everybody sees them.
async fn conversation(app: &TestApp, review: db::ReviewId) -> Value {
    let query =
        "query ($id: ID!) { node(id: $id) { ... on Review { commentCount comments { totalCount edges { node { body
        replies { totalCount edges { node { body replyTo { handle } } } } } } } } } }";
    app.anonymous().run(query, json!({ "id": global(review) })).await["node"].take()
}

/// How many comments there are, how many threads, and how many replies in each of these.
async fn counts(app: &TestApp, review: db::ReviewId) -> Value {
    let found = conversation(app, review).await;
    let threads = found["comments"]["edges"].as_array().expect("edges").iter();
    let replies: Vec<_> = threads.map(|edge| &edge["node"]["replies"]["totalCount"]).collect();
    json!([found["commentCount"], found["comments"]["totalCount"], replies])
}
