use chrono::{Duration, Utc};
use serde_json::{Value, json};
use tests::{TestApp, place};

use crate::nodes::global;

fn ids(connection: &Value) -> Vec<Value> {
    connection["edges"].as_array().expect("edges").iter().map(|edge| edge["node"]["id"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_what_those_one_follows_published_newest_first() {
    let app = TestApp::new().await;
    let (ada, bob, cai, dee) =
        (app.user("ada").await, app.user("bob").await, app.user("cai").await, app.user("dee").await);
    let mut reviews = Vec::new();
    for n in 0..6 {
        let shop = app.shop(&format!("Place {n}")).await;
        let author = [bob, cai, dee][n % 3];
        reviews.push(app.review(author, shop, 4).await);
    }
    app.follow(ada, bob).await;
    app.follow(ada, cai).await;
    app.recount().await;
    let query = "query ($first: Int!, $after: Cursor) { viewer { feed(first: $first, after: $after) {
        totalCount edges { node { id } } pageInfo { hasNextPage endCursor } } } }";

    let first = app.as_user(ada).run(query, json!({ "first": 3 })).await["viewer"]["feed"].take();
    assert_eq!(ids(&first), [4, 3, 1].map(|n: usize| global(reviews[n])));
    assert_eq!(first["totalCount"], 4);
    let rest = json!({ "first": 3, "after": first["pageInfo"]["endCursor"] });
    let rest = app.as_user(ada).run(query, rest).await["viewer"]["feed"].take();
    assert_eq!(ids(&rest), [global(reviews[0])]);
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);

    let lonely = app.as_user(dee).run(query, json!({ "first": 3 })).await;
    assert_eq!(lonely["viewer"]["feed"]["edges"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn trends_rank_by_likes_and_comments_and_fade() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let mut far = place(&app, "far away").await;
    far.lat = 61.5;
    let shops = app
        .store(&[place(&app, "a").await, place(&app, "b").await, place(&app, "c").await, far, place(&app, "e").await])
        .await;
    let ago = |hours: i64| Utc::now() - Duration::hours(hours);
    let quiet = app.review_at(ada, shops[0], 4, ago(1)).await;
    let liked = app.review_at(ada, shops[1], 4, ago(2)).await;
    let old = app.review_at(ada, shops[2], 4, ago(24 * 6)).await;
    let remote = app.review_at(ada, shops[3], 4, ago(3)).await;
    let ancient = app.review_at(ada, shops[4], 4, ago(24 * 8)).await;
    for user in [ada, bob] {
        app.like(user, db::LikeSubject::Review(liked)).await;
        app.like(user, db::LikeSubject::Review(old)).await;
    }
    app.recount().await;
    let query = "query ($window: TrendWindow, $near: GeoCircle, $first: Int, $after: Cursor) {
        trendingReviews(window: $window, near: $near, first: $first, after: $after) { totalCount edges { node { id } } pageInfo { endCursor } } }";
    let trends = async |arguments: Value| app.anonymous().run(query, arguments).await["trendingReviews"].take();

    let week = trends(json!({ "window": "WEEK" })).await;
    // Half of the weight of three is lost within 42 hours, so after six days less is left of it than of one.
    assert_eq!(ids(&week), [liked, quiet, remote, old].map(global));
    assert_eq!(week["totalCount"], 4);
    let day = trends(json!({ "window": "DAY" })).await;
    assert_eq!(ids(&day), [liked, quiet, remote].map(global));
    let month = trends(json!({ "window": "MONTH" })).await;
    assert_eq!(ids(&month), [liked, old, quiet, remote, ancient].map(global));
    let near = json!({ "window": "WEEK", "near": { "center": { "lat": 60.17, "lng": 24.94 } } });
    assert_eq!(ids(&trends(near).await), [liked, quiet, old].map(global));

    let first = trends(json!({ "window": "WEEK", "first": 2 })).await;
    let rest = json!({ "window": "WEEK", "first": 20, "after": first["pageInfo"]["endCursor"] });
    assert_eq!(ids(&trends(rest).await), [remote, old].map(global));
}
