//! How many SQL statements the hot queries take: a number that may fall, but not rise.

use serde_json::json;
use tests::TestApp;

use crate::nodes::global;

/// Twenty shops with three reviews or more each, by twenty people who follow each other's first.
async fn town(app: &TestApp) -> (Vec<db::UserId>, Vec<db::ShopId>) {
    let mut people = Vec::new();
    for n in 0..21 {
        people.push(app.user(&format!("person_{n}")).await);
    }
    let mut places = Vec::new();
    for n in 0..20 {
        places.push(tests::place(app, &format!("Place {n}")).await);
    }
    let shops = app.store(&places).await;
    for (n, &shop) in shops.iter().enumerate() {
        for k in 0..3 {
            app.review(people[(n + k) % 20], shop, 4).await;
        }
    }
    for &person in &people[3..20] {
        app.review(person, shops[0], 5).await;
    }
    for &person in &people[..20] {
        app.follow(people[20], person).await;
    }
    app.recount().await;
    (people, shops)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_page_takes_four() {
    let app = TestApp::new().await;
    let (people, shops) = town(&app).await;
    let query = "query ($id: ID!) { shop(id: $id) { name rating { average count histogram { stars count } }
        reviews(first: 20) { totalCount edges { node { rating body viewerHasLiked author { nickname } } } } } }";
    let id = json!({ "id": global(shops[0]) });

    let page = app.as_user(people[20]).run(query, id.clone()).await;
    assert_eq!(page["shop"]["reviews"]["edges"].as_array().map(Vec::len), Some(20));
    assert_eq!(app.as_user(people[20]).statements(query, id).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_takes_four() {
    let app = TestApp::new().await;
    let (_, _) = town(&app).await;
    let query = "{ searchShops(filter: { near: { center: { lat: 60.17, lng: 24.938 } } }, orderBy: DISTANCE, first: 20) { edges {
        distanceMeters node { name category { name }
            reviews(first: 3, orderBy: NEWEST) { edges { node { body author { nickname } } } } } } } }";

    let found = app.anonymous().run(query, json!({})).await;
    let edges = found["searchShops"]["edges"].as_array().expect("edges");
    assert_eq!(edges.len(), 20);
    assert!(edges.iter().all(|edge| edge["node"]["reviews"]["edges"].as_array().map(Vec::len) == Some(3)));
    assert_eq!(app.anonymous().statements(query, json!({})).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_takes_three() {
    let app = TestApp::new().await;
    let (people, _) = town(&app).await;
    let query = "{ viewer { feed(first: 20) { edges { node { body shop { name } author { nickname } } } } } }";

    let feed = app.as_user(people[20]).run(query, json!({})).await;
    assert_eq!(feed["viewer"]["feed"]["edges"].as_array().map(Vec::len), Some(20));
    assert_eq!(app.as_user(people[20]).statements(query, json!({})).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_people_with_their_latest_review_take_two() {
    let app = TestApp::new().await;
    let (people, _) = town(&app).await;
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User {
        nickname followerCount reviews(first: 1) { edges { node { body } } } } } }";
    let ids: Vec<_> = people[..20].iter().map(|&id| global(id)).collect();
    let ids = json!({ "ids": ids });

    let found = app.anonymous().run(query, ids.clone()).await;
    let nodes = found["nodes"].as_array().expect("nodes");
    assert!(
        nodes.iter().all(|node| node["followerCount"] == 1 && node["reviews"]["edges"][0]["node"]["body"].is_string())
    );
    assert_eq!(app.anonymous().statements(query, ids).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_items_are_still_one_batch() {
    let app = TestApp::new().await;
    let mut places = Vec::new();
    for n in 0..100 {
        places.push(tests::place(&app, &format!("Place {n}")).await);
    }
    app.store(&places).await;
    let query = "{ searchShops(first: 100) { edges { node { category { name parent { name children { name } } } reviews { totalCount edges { node { id } } } } } } }";
    assert_eq!(app.anonymous().statements(query, json!({})).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_reviews_with_all_that_hangs_on_them_take_fourteen() {
    let app = TestApp::new().await;
    let mut people = Vec::new();
    for n in 0..20 {
        people.push(app.user(&format!("person_{n}")).await);
    }
    let mut places = Vec::new();
    for n in 0..20 {
        places.push(tests::place(&app, &format!("Place {n}")).await);
    }
    for shop in app.store(&places).await {
        for &person in &people {
            app.review(person, shop, 4).await;
        }
    }
    app.recount().await;
    let query = "{ searchShops { edges { node { category { name } viewerReview { rating } reviews { edges { node {
        viewerHasLiked likers { totalCount edges { node { handle } } } comments { totalCount edges { node { body } } }
        author { viewerIsFollowing followsViewer followers { edges { node { handle } } } mutualFollows { totalCount } } } } } } } } }";
    for _ in 0..5 {
        assert_eq!(app.as_user(people[0]).statements(query, json!({})).await, 14);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_cost_nothing_until_they_are_asked_for() {
    let app = TestApp::new().await;
    town(&app).await;
    let search = |fields: &str| format!("{{ searchShops(first: 5) {{ {fields} edges {{ node {{ id }} }} }} }}");
    assert_eq!(app.anonymous().statements(&search(""), json!({})).await, 1);
    assert_eq!(app.anonymous().statements(&search("totalCount"), json!({})).await, 2);
    assert_eq!(app.anonymous().statements(&search("facets { key count }"), json!({})).await, 3);
}
