use serde_json::{Value, json};
use tests::TestApp;

use crate::nodes::global;

/// Ada follows Bob, Cai and Dee; Bob follows Cai, Dee and Ada.
async fn four(app: &TestApp) -> [db::UserId; 4] {
    let [ada, bob, cai, dee] = ["ada", "bob", "cai", "dee"].map(|handle| app.user(handle));
    let (ada, bob, cai, dee) = (ada.await, bob.await, cai.await, dee.await);
    for (follower, followee) in [(ada, bob), (ada, cai), (ada, dee), (bob, cai), (bob, dee), (bob, ada)] {
        app.follow(follower, followee).await;
    }
    app.recount().await;
    [ada, bob, cai, dee]
}

fn handles(connection: &Value) -> Vec<&str> {
    let edges = connection["edges"].as_array().expect("edges");
    edges.iter().map(|edge| edge["node"]["handle"].as_str().expect("a handle")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_and_followees_come_newest_first() {
    let app = TestApp::new().await;
    let [ada, ..] = four(&app).await;
    let query = "query ($id: ID!, $first: Int!, $after: Cursor) { user(id: $id) { followerCount followingCount
        followers { totalCount edges { followedAt node { handle } } }
        following(first: $first, after: $after) { totalCount edges { node { handle } } pageInfo { hasNextPage endCursor } } } }";

    let found = app.anonymous().run(query, json!({ "id": global(ada), "first": 2 })).await;
    assert_eq!(handles(&found["user"]["following"]), ["dee", "cai"]);
    assert_eq!(handles(&found["user"]["followers"]), ["bob"]);
    assert_eq!(found["user"]["followingCount"], 3);
    assert_eq!(found["user"]["followerCount"], 1);
    assert!(found["user"]["followers"]["edges"][0]["followedAt"].is_string());

    let after = &found["user"]["following"]["pageInfo"]["endCursor"];
    let rest = app.anonymous().run(query, json!({ "id": global(ada), "first": 2, "after": after })).await;
    assert_eq!(handles(&rest["user"]["following"]), ["bob"]);
    assert_eq!(rest["user"]["following"]["pageInfo"]["hasNextPage"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn mutual_follows_are_those_of_the_viewer_and_the_user() {
    let app = TestApp::new().await;
    let [ada, bob, ..] = four(&app).await;
    let query = "query ($id: ID!) { user(id: $id) { mutualFollows { totalCount edges { node { handle } } } } }";
    let id = json!({ "id": global(bob) });

    let found = app.as_user(ada).run(query, id.clone()).await;
    assert_eq!(handles(&found["user"]["mutualFollows"]), ["dee", "cai"]);
    assert_eq!(found["user"]["mutualFollows"]["totalCount"], 2);
    assert_eq!(app.anonymous().run(query, id).await["user"]["mutualFollows"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_viewer_sees_who_follows_whom() {
    let app = TestApp::new().await;
    let [ada, bob, cai, dee] = four(&app).await;
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { viewerIsFollowing followsViewer } } }";
    let ids = json!({ "ids": [global(ada), global(bob), global(cai), global(dee)] });
    let seen = |following: bool, followed: bool| json!({ "viewerIsFollowing": following, "followsViewer": followed });

    let nodes = app.as_user(ada).run(query, ids.clone()).await["nodes"].take();
    assert_eq!(nodes, json!([seen(false, false), seen(true, true), seen(true, false), seen(true, false)]));
    let nodes = app.anonymous().run(query, ids).await["nodes"].take();
    assert_eq!(nodes, json!([seen(false, false), seen(false, false), seen(false, false), seen(false, false)]));
}
