use serde_json::{Value, json};
use tests::TestApp;

use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_reads_from_top_to_bottom() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let review = app.review(ada, shop, 4).await;
    let first = app.comment(bob, review, None, "Really?").await;
    app.comment(ada, review, Some(first), "Really.").await;
    app.comment(bob, review, Some(first), "All right.").await;
    app.comment(bob, review, None, "Another thing").await;
    app.like(ada, db::LikeSubject::Comment(first)).await;
    app.recount().await;

    let query = "query ($id: ID!) { node(id: $id) { ... on Review { commentCount comments(first: 1) { totalCount
        edges { node { body author { handle } likeCount viewerHasLiked parent { id } review { id }
            likers { edges { node { handle } } }
            replies(first: 1) { totalCount edges { cursor node { body parent { body } replies { totalCount } } } pageInfo { hasNextPage } } } }
        pageInfo { hasNextPage } } } } }";
    let found = app.as_user(ada).run(query, json!({ "id": global(review) })).await;

    let cursor = &found["node"]["comments"]["edges"][0]["node"]["replies"]["edges"][0]["cursor"];
    assert_eq!(
        found["node"],
        json!({
            "commentCount": 4,
            "comments": {
                "totalCount": 2,
                "edges": [{ "node": {
                    "body": "Really?", "author": { "handle": "bob" }, "likeCount": 1, "viewerHasLiked": true, "parent": null,
                    "review": { "id": global(review) }, "likers": { "edges": [{ "node": { "handle": "ada" } }] },
                    "replies": {
                        "totalCount": 2,
                        "edges": [{ "cursor": cursor, "node": { "body": "Really.", "parent": { "body": "Really?" }, "replies": { "totalCount": 0 } } }],
                        "pageInfo": { "hasNextPage": true }
                    }
                } }],
                "pageInfo": { "hasNextPage": true }
            }
        })
    );

    let rest = "query ($id: ID!, $after: Cursor) { node(id: $id) { ... on Comment { replies(after: $after) { edges { node { body } } } } } }";
    let found = app.anonymous().run(rest, json!({ "id": global(first), "after": cursor })).await;
    assert_eq!(found["node"]["replies"]["edges"], json!([{ "node": { "body": "All right." } }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_something_hidden_is_hidden_with_it() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let review = app.review(ada, shop, 4).await;
    let thread = app.comment(bob, review, None, "Rude").await;
    let reply = app.comment(ada, review, Some(thread), "Sigh").await;
    let other = app.comment(bob, review, None, "Kind").await;
    let sql = app.sql().await;
    let found = async |id: db::CommentId| {
        let query = "query ($id: ID!) { node(id: $id) { ... on Comment { body } } }";
        app.anonymous().run(query, json!({ "id": global(id) })).await["node"]["body"].take()
    };

    sql.batch_execute(&format!("update comments set state = 'hidden' where id = '{thread}'"))
        .await
        .expect("a statement");
    app.recount().await;
    assert_eq!(
        (found(thread).await, found(reply).await, found(other).await),
        (Value::Null, Value::Null, json!("Kind"))
    );
    let count = "query ($id: ID!) { node(id: $id) { ... on Review { commentCount comments { totalCount } } } }";
    let counted = app.anonymous().run(count, json!({ "id": global(review) })).await;
    assert_eq!(counted["node"], json!({ "commentCount": 1, "comments": { "totalCount": 1 } }));

    sql.batch_execute(&format!("update reviews set state = 'hidden' where id = '{review}'"))
        .await
        .expect("a statement");
    assert_eq!(found(other).await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_outlives_its_author() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let review = app.review(ada, shop, 4).await;
    let comment = app.comment(bob, review, None, "So long").await;
    app.sql().await.batch_execute(&format!("delete from users where id = '{bob}'")).await.expect("a statement");
    let query = "query ($id: ID!) { node(id: $id) { ... on Comment { body author { handle } } } }";
    let found = app.anonymous().run(query, json!({ "id": global(comment) })).await;
    assert_eq!(found["node"], json!({ "body": "So long", "author": null }));
}
