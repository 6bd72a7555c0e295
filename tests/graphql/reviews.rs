use serde_json::{Value, json};
use tests::TestApp;

use crate::nodes::global;

const REVIEWS: &str =
    "query ($id: ID!, $orderBy: ReviewOrder!, $rating: Int, $first: Int!, $after: Cursor) { shop(id: $id) {
    reviews(orderBy: $orderBy, rating: $rating, first: $first, after: $after) {
        totalCount edges { cursor node { id rating } } pageInfo { hasNextPage endCursor } } } }";

async fn page(app: &TestApp, shop: db::ShopId, order: &str, stars: Value, first: i32, after: Value) -> Value {
    let arguments = json!({ "id": global(shop), "orderBy": order, "rating": stars, "first": first, "after": after });
    app.anonymous().run(REVIEWS, arguments).await["shop"]["reviews"].take()
}

fn ids(page: &Value) -> Vec<Value> {
    page["edges"].as_array().expect("edges").iter().map(|edge| edge["node"]["id"].clone()).collect()
}

/// Ratings 1, 2, 3, 4, 5, 1, 2; the third has two likes, the first one.
async fn seven(app: &TestApp) -> (db::ShopId, Vec<db::ReviewId>) {
    let shop = app.shop("Noodles").await;
    let (mut people, mut reviews) = (Vec::new(), Vec::new());
    for n in 0..7_i16 {
        let author = app.user(&format!("critic_{n}")).await;
        reviews.push(app.review(author, shop, n % 5 + 1).await);
        people.push(author);
    }
    for (user, review) in [(0, 2), (1, 2), (2, 0)] {
        app.like(people[user], db::LikeSubject::Review(reviews[review])).await;
    }
    app.recount().await;
    (shop, reviews)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_is_kept_from_page_to_page() {
    let app = TestApp::new().await;
    let (shop, reviews) = seven(&app).await;
    for (order, expected) in [
        ("NEWEST", [6, 5, 4, 3, 2, 1, 0]),
        ("HELPFUL", [2, 0, 6, 5, 4, 3, 1]),
        ("RATING_ASC", [0, 5, 1, 6, 2, 3, 4]),
        ("RATING_DESC", [4, 3, 2, 6, 1, 5, 0]),
    ] {
        let expected: Vec<_> = expected.iter().map(|&n: &usize| global(reviews[n])).collect();
        let (mut walked, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = page(&app, shop, order, Value::Null, 2, after).await;
            assert_eq!(page["totalCount"], 7);
            walked.extend(ids(&page));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(walked, expected, "{order}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_can_be_restricted_to_a_number_of_stars() {
    let app = TestApp::new().await;
    let (shop, reviews) = seven(&app).await;
    let found = page(&app, shop, "NEWEST", json!(1), 10, Value::Null).await;
    assert_eq!(ids(&found), [global(reviews[5]), global(reviews[0])]);
    assert_eq!(found["totalCount"], 2);

    let arguments = json!({ "id": global(shop), "orderBy": "NEWEST", "rating": 6, "first": 1 });
    let error = app.anonymous().fail(REVIEWS, arguments).await;
    assert_eq!(error["message"], "`rating` must be within 1 and 5, but is 6");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_stays_in_place_while_reviews_come_in() {
    let app = TestApp::new().await;
    let (shop, reviews) = seven(&app).await;
    let first = page(&app, shop, "NEWEST", Value::Null, 3, Value::Null).await;
    let late = app.user("late").await;
    app.review(late, shop, 5).await;
    let second = page(&app, shop, "NEWEST", Value::Null, 3, first["pageInfo"]["endCursor"].clone()).await;
    assert_eq!(ids(&second), [3, 2, 1].map(|n: usize| global(reviews[n])));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_is_seen_nowhere() {
    let app = TestApp::new().await;
    let (shop, reviews) = seven(&app).await;
    let hide = format!("update reviews set state = 'hidden' where id = '{}'", reviews[6]);
    app.sql().await.batch_execute(&hide).await.expect("a statement");
    app.recount().await;

    let found = page(&app, shop, "NEWEST", Value::Null, 10, Value::Null).await;
    assert_eq!(found["totalCount"], 6);
    assert!(!ids(&found).contains(&global(reviews[6])));
    let node =
        app.anonymous().run("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": global(reviews[6]) })).await;
    assert_eq!(node["node"], Value::Null);
    let trending = app.anonymous().run("{ trendingReviews { totalCount } }", json!({})).await;
    assert_eq!(trending["trendingReviews"]["totalCount"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_list_is_refused() {
    let app = TestApp::new().await;
    let (shop, _) = seven(&app).await;
    let cursor = page(&app, shop, "HELPFUL", Value::Null, 1, Value::Null).await["pageInfo"]["endCursor"].take();
    for query in [
        "query ($after: Cursor) { searchShops(after: $after) { totalCount } }",
        "query ($after: Cursor) { trendingReviews(after: $after, window: DAY) { totalCount } }",
    ] {
        let error = app.anonymous().fail(query, json!({ "after": cursor })).await;
        assert_eq!(error["message"], "`after` is not a cursor of this list and order");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn likers_come_newest_first() {
    let app = TestApp::new().await;
    let (_, reviews) = seven(&app).await;
    let query = "query ($id: ID!) { node(id: $id) { ... on Likeable { likeCount viewerHasLiked
        likers(first: 1) { totalCount edges { node { handle } followedAt } pageInfo { hasNextPage } } } } }";
    let found = app.anonymous().run(query, json!({ "id": global(reviews[2]) })).await;
    assert_eq!(
        found["node"],
        json!({
            "likeCount": 2, "viewerHasLiked": false,
            "likers": { "totalCount": 2, "edges": [{ "node": { "handle": "critic_1" }, "followedAt": null }], "pageInfo": { "hasNextPage": true } }
        })
    );
}
