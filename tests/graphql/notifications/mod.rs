//! What people are told.

mod kinds;
mod lists;
mod live;
mod muting;

use db::{LikeSubject, UserId};
use serde_json::{Value, json};
use tests::{Client, TestApp};

use crate::nodes::global;

/// What somebody was told, newest first: `LIKE by bob, ada (2) on Review`, and `*` if it is unread.
async fn told(client: &Client<'_>) -> Vec<String> {
    let query = "{ viewer { notifications { edges { node { kind actors { handle } actorCount readAt subject { __typename } } } } } }";
    let found = client.run(query, json!({})).await;
    let edges = found["viewer"]["notifications"]["edges"].as_array().expect("edges").clone();
    edges.iter().map(|edge| describe(&edge["node"])).collect()
}

fn describe(node: &Value) -> String {
    let actors =
        node["actors"].as_array().expect("actors").iter().map(|actor| actor["handle"].as_str().expect("a name"));
    let actors = actors.collect::<Vec<_>>().join(", ");
    let unread = if node["readAt"].is_null() { "*" } else { "" };
    let (kind, subject) =
        (node["kind"].as_str().expect("a kind"), node["subject"]["__typename"].as_str().unwrap_or("-"));
    format!("{kind} by {actors} ({}) on {subject}{unread}", node["actorCount"])
}

async fn unread(client: &Client<'_>) -> Value {
    client.run("{ viewer { notifications(first: 1) { unreadCount } } }", json!({})).await["viewer"]["notifications"]
        ["unreadCount"]
        .take()
}

async fn like(app: &TestApp, user: UserId, subject: LikeSubject, liked: bool) {
    let id = match subject {
        LikeSubject::Review(id) => global(id),
        LikeSubject::Comment(id) => global(id),
    };
    app.as_user(user).mutate("setLike", json!({ "subjectId": id, "liked": liked }), "").await;
}

async fn follow(app: &TestApp, follower: UserId, followee: UserId, following: bool) {
    app.as_user(follower).mutate("setFollow", json!({ "userId": global(followee), "following": following }), "").await;
}

/// Comments as a client does, and returns the id.
async fn comment(app: &TestApp, author: UserId, review: db::ReviewId, parent: Option<&Value>) -> Value {
    let input = json!({ "reviewId": global(review), "parentId": parent, "body": "Well" });
    app.as_user(author).mutate("addComment", input, "edge { node { id } }").await["edge"]["node"]["id"].take()
}

/// Writes a review as a client does, and returns its id.
async fn review(app: &TestApp, author: UserId, shop: db::ShopId) -> Value {
    let input = json!({ "shopId": global(shop), "rating": 4, "body": "Fine" });
    app.as_user(author).mutate("createReview", input, "review { id }").await["review"]["id"].take()
}
