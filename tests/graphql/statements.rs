//! How many SQL statements the hot queries take: a number that may fall, but not rise.

use serde_json::{Value, json};
use tests::{Client, TestApp};

use crate::nodes::global;

/// Twenty shops with three reviews or more each, by twenty people who follow each other's first.
async fn town(app: &TestApp) -> (Vec<db::UserId>, Vec<db::ShopId>) {
    let (people, shops) = inhabited(app, 21, 20).await;
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

/// Shops that everybody has reviewed.
async fn reviewed(app: &TestApp, people: usize, shops: usize) -> Vec<db::UserId> {
    let (people, shops) = inhabited(app, people, shops).await;
    for shop in shops {
        for &person in &people {
            app.review(person, shop, 4).await;
        }
    }
    app.recount().await;
    people
}

async fn inhabited(app: &TestApp, people: usize, shops: usize) -> (Vec<db::UserId>, Vec<db::ShopId>) {
    let (mut inhabitants, mut places) = (Vec::new(), Vec::new());
    for n in 0..people {
        inhabitants.push(app.user(&format!("person_{n}")).await);
    }
    for n in 0..shops {
        places.push(tests::place(app, &format!("Place {n}")).await);
    }
    (inhabitants, app.store(&places).await)
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
    let people = reviewed(&app, 20, 20).await;
    let query = "{ searchShops { edges { node { category { name } viewerReview { rating } reviews { edges { node {
        viewerHasLiked likers { totalCount edges { node { handle } } } comments { totalCount edges { node { body } } }
        author { viewerIsFollowing followsViewer followers { edges { node { handle } } } mutualFollows { totalCount } } } } } } } } }";
    for _ in 0..5 {
        assert_eq!(app.as_user(people[0]).statements(query, json!({})).await, 14);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hundred_shops_with_eight_reviews_each_take_four() {
    let app = TestApp::new().await;
    reviewed(&app, 8, 100).await;
    let query = "{ searchShops(first: 100) { edges { node { reviews(first: 8) { edges { node {
        author { handle } comments { edges { node { body } } } } } } } } } }";
    for _ in 0..5 {
        assert_eq!(app.anonymous().statements(query, json!({})).await, 4);
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

/// How many statements a mutation takes that must succeed. `BEGIN` and `COMMIT` are two of them: they, too, are a way there and back.
async fn cost(client: &Client<'_>, mutation: &str, input: Value) -> u64 {
    client.statements(&tests::document(mutation, ""), json!({ "input": input })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn to_publish_a_review_takes_six_with_begin_and_commit() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let mut review = json!({ "shopId": global(shop), "rating": 4, "body": "Good noodles" });
    // The review, its author's count, the shop's ratings, the event.
    assert_eq!(cost(&app.as_user(ada), "createReview", review.clone()).await, 6);
    review["idempotencyKey"] = json!("key");
    assert_eq!(cost(&app.as_user(bob), "createReview", review.clone()).await, 7, "and the key");
    assert_eq!(cost(&app.as_user(bob), "createReview", review).await, 5, "the key twice, and the review");
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_like_takes_seven_with_begin_and_commit_and_five_if_there_is_nothing_to_do() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let review = app.review(bob, shop, 4).await;
    let comment = app.comment(bob, review, None, "Really").await;
    app.recount().await;
    for subject in [global(review), global(comment)] {
        // The locks of account and subject, the like, the count, the event; or the locks, and the like.
        for (liked, expected) in [(true, 7), (true, 5), (false, 7), (false, 5)] {
            let input = json!({ "subjectId": subject, "liked": liked });
            assert_eq!(cost(&app.as_user(ada), "setLike", input).await, expected);
        }
    }
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_takes_seven_with_begin_and_commit_a_reply_nine_and_a_reply_to_a_reply_ten() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let review = app.review(bob, shop, 4).await;
    let thread = app.comment(bob, review, None, "Really?").await;
    let reply = app.comment(ada, review, Some(thread), "Really.").await;
    app.recount().await;
    // The locks of account and review, the comment, the count of the review, the event; what is answered, the count of the thread; its author.
    for (parent, expected) in [(Value::Null, 7), (global(thread), 9), (global(reply), 10)] {
        let input = json!({ "reviewId": global(review), "parentId": parent, "body": "Well" });
        assert_eq!(cost(&app.as_user(ada), "addComment", input).await, expected);
    }
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn to_follow_somebody_takes_seven_with_begin_and_commit_and_five_if_there_is_nothing_to_do() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    // The locks of both accounts, the follow, two counts, the event; or the locks, the follow, and the followee.
    for (following, expected) in [(true, 7), (true, 5), (false, 7), (false, 5)] {
        let input = json!({ "userId": global(bob), "following": following });
        assert_eq!(cost(&app.as_user(ada), "setFollow", input).await, expected);
    }
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn to_log_in_takes_seven_with_begin_and_commit() {
    let app = TestApp::new().await;
    let proof = json!({ "email": "ada@example.org", "password": "correct horse" });
    let mut account = proof.clone();
    account["handle"] = json!("ada");
    app.anonymous().mutate("signUp", account, "").await;
    // Whose address it is, and who claims it; then, in a transaction, whether the password is still the same, the session, and those
    // beyond the fiftieth.
    for _ in 0..3 {
        assert_eq!(cost(&app.anonymous(), "logIn", proof.clone()).await, 7);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shops_of_a_merchant_take_one_and_their_number_another() {
    let app = TestApp::new().await;
    let (ada, mut places) = (app.user("ada").await, Vec::new());
    for n in 0..5 {
        places.push(tests::place(&app, &format!("Place {n}")).await);
    }
    let shops = app.store(&places).await;
    app.grant(ada, db::Role::Merchant, &shops).await;
    let owned = |fields: &str| format!("{{ viewer {{ shops {{ {fields} edges {{ node {{ name }} }} }} }} }}");
    assert_eq!(app.as_user(ada).statements(&owned(""), json!({})).await, 1);
    assert_eq!(app.as_user(ada).statements(&owned("totalCount"), json!({})).await, 2);
}
