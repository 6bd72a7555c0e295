use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::TestApp;

use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn one_follows_somebody_or_not_however_often_one_says_so() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let fields =
        "user { id followerCount followingCount viewerIsFollowing followsViewer followers { totalCount edges { node {
        handle followingCount following { totalCount edges { node { handle } } } } } } }";
    let set = async |user, whom, on: bool| {
        app.as_user(user).mutate("setFollow", json!({ "userId": global(whom), "following": on }), fields).await["user"]
            .take()
    };
    let followed = |followers: Value, following: i32, back: bool| {
        let count = followers.as_array().map(Vec::len);
        json!({
            "id": global(bob), "followerCount": count, "followingCount": following, "viewerIsFollowing": count == Some(1),
            "followsViewer": back, "followers": { "totalCount": count, "edges": followers }
        })
    };
    let by_ada = json!([{ "node": {
        "handle": "ada", "followingCount": 1, "following": { "totalCount": 1, "edges": [{ "node": { "handle": "bob" } }] }
    } }]);
    assert_eq!(set(ada, bob, false).await, followed(json!([]), 0, false));
    assert_eq!(set(ada, bob, true).await, followed(by_ada.clone(), 0, false));
    assert_eq!(set(ada, bob, true).await, followed(by_ada.clone(), 0, false));
    assert_eq!(set(bob, ada, true).await["followsViewer"], true);
    assert_eq!(set(ada, bob, true).await, followed(by_ada, 1, true));
    app.assert_counters().await;
    assert_eq!(set(ada, bob, false).await, followed(json!([]), 1, true));
    assert_eq!(set(ada, bob, false).await, followed(json!([]), 1, true));
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_follows_themselves_or_somebody_who_is_not_there() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let set = |id: Value, on: bool| json!({ "userId": id, "following": on });
    for user in [ada, bob] {
        let reasons = app.as_user(user).refused("setFollow", set(global(user), true)).await;
        assert_eq!(reasons, ["CONFLICT input.userId"]);
    }
    for on in [true, false] {
        let unknown = set(global(db::UserId::new()), on);
        assert_eq!(app.as_user(ada).refused("setFollow", unknown).await, ["NOT_FOUND input.userId"]);
        let no_user = set(global(db::ShopId::new()), on);
        assert_eq!(app.as_user(ada).refused("setFollow", no_user).await, ["BAD_INPUT input.userId"]);
    }
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_followed_publish_is_in_the_feed() {
    let app = TestApp::new().await;
    let (ada, bob, cai) = (app.user("ada").await, app.user("bob").await, app.user("cai").await);
    let publish = async |user| {
        let shop = app.shop("Noodles").await;
        let input = json!({ "shopId": global(shop), "rating": 4, "body": "Good noodles" });
        app.as_user(user).mutate("createReview", input, "review { id }").await["review"]["id"].take()
    };
    let feed = async || {
        let query = "{ viewer { feed { totalCount edges { node { id } } } } }";
        app.as_user(ada).run(query, json!({})).await["viewer"]["feed"].take()
    };
    let of = |ids: &[&Value]| {
        let edges: Vec<_> = ids.iter().map(|id| json!({ "node": { "id": id } })).collect();
        json!({ "totalCount": ids.len(), "edges": edges })
    };
    let follow = |on: bool| json!({ "userId": global(bob), "following": on });

    let before = publish(bob).await;
    assert_eq!(feed().await, of(&[]));
    app.as_user(ada).mutate("setFollow", follow(true), "").await;
    let after = publish(bob).await;
    publish(cai).await;
    assert_eq!(feed().await, of(&[&after, &before]));
    app.as_user(bob).mutate("deleteReview", json!({ "reviewId": before }), "").await;
    assert_eq!(feed().await, of(&[&after]));
    app.as_user(ada).mutate("setFollow", follow(false), "").await;
    assert_eq!(feed().await, of(&[]));
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_follow_each_other_at_the_same_time_do_not_wait_for_ever() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let people = [(app.as_user(ada), bob), (app.as_user(bob), ada)];
    for round in 0..10 {
        let on = round % 2 == 0;
        let both = (0..4).map(|n| {
            let (client, whom) = &people[n % 2];
            client.mutate(
                "setFollow",
                json!({ "userId": global(*whom), "following": on }),
                "user { viewerIsFollowing }",
            )
        });
        for answer in join_all(both).await {
            assert_eq!(answer["user"]["viewerIsFollowing"], on);
        }
        app.assert_counters().await;
    }
}
