//! What people complain of, and what moderators do about it.

mod authors;
mod comments;
mod reporting;
mod reports;
mod reviews;

use serde_json::{Value, json};
use tests::{Client, TestApp};

use crate::nodes::global;

/// Complains of spam.
async fn report(client: &Client<'_>, subject: &Value) -> Value {
    client.mutate("report", json!({ "subjectId": subject, "reason": "SPAM" }), "id").await["id"].take()
}

/// Hides something, or shows it again, and returns its state as the moderator sees it.
async fn moderate(client: &Client<'_>, subject: &Value, state: &str) -> Value {
    let fields = "subject { id ... on Review { state } ... on Comment { state } }";
    let moderated = client.mutate("moderate", json!({ "subjectId": subject, "state": state }), fields).await;
    assert_eq!(moderated["subject"]["id"], *subject);
    moderated["subject"]["state"].clone()
}

/// The state of a review or comment as somebody sees it; null if they don't.
async fn state(client: &Client<'_>, id: &Value) -> Value {
    let query = "query ($id: ID!) { node(id: $id) { ... on Review { state } ... on Comment { state } } }";
    client.run(query, json!({ "id": id })).await["node"]["state"].take()
}

/// The ids of what is reported and not settled, as a moderator sees them.
async fn open_reports(client: &Client<'_>) -> Vec<Value> {
    let found = client.run("{ reports { edges { node { id } } } }", json!({})).await;
    found["reports"]["edges"].as_array().expect("edges").iter().map(|edge| edge["node"]["id"].clone()).collect()
}

/// How many comments on a review there are, as everybody sees it.
async fn comment_count(app: &TestApp, review: db::ReviewId) -> Value {
    let query = "query ($id: ID!) { node(id: $id) { ... on Review { commentCount } } }";
    app.anonymous().run(query, json!({ "id": global(review) })).await["node"]["commentCount"].take()
}
