//! Feeds that are gathered ahead in Redis.

mod away;

use serde_json::{Value, json};
use tests::{Redis, TestApp};

use crate::nodes::global;

const FEED: &str = "query ($first: Int!, $after: Cursor) { viewer { feed(first: $first, after: $after) {
    edges { node { id } } pageInfo { hasNextPage endCursor } } } }";

/// A page of somebody's feed, and where it ended, if there is more.
async fn page(app: &TestApp, reader: db::UserId, first: usize, after: &Value) -> (Vec<Value>, Option<Value>) {
    let found = app.as_user(reader).run(FEED, json!({ "first": first, "after": after })).await["viewer"]["feed"].take();
    let ids = found["edges"].as_array().expect("edges").iter().map(|edge| edge["node"]["id"].clone()).collect();
    let has_more = found["pageInfo"]["hasNextPage"] == true;
    (ids, has_more.then(|| found["pageInfo"]["endCursor"].clone()))
}

async fn newest(app: &TestApp, reader: db::UserId) -> Vec<Value> {
    page(app, reader, 10, &Value::Null).await.0
}

async fn whole(app: &TestApp, reader: db::UserId, first: usize) -> Vec<Value> {
    let (mut all, mut next) = page(app, reader, first, &Value::Null).await;
    while let Some(after) = next {
        let (more, behind) = page(app, reader, first, &after).await;
        all.extend(more);
        next = behind;
    }
    all
}

/// Publishes as a client does, at a shop of its own.
async fn publish(app: &TestApp, author: db::UserId) -> Value {
    let shop = app.shop(&format!("Place {}", db::ShopId::new())).await;
    let input = json!({ "shopId": global(shop), "rating": 4, "body": "Fine" });
    app.as_user(author).mutate("createReview", input, "review { id }").await["review"]["id"].take()
}

async fn set_follow(app: &TestApp, follower: db::UserId, followee: db::UserId, following: bool) {
    app.as_user(follower).mutate("setFollow", json!({ "userId": global(followee), "following": following }), "").await;
}

/// How long the only timeline is, with what its first member tells.
fn length(redis: &Redis) -> String {
    redis.ask(&["--raw", "eval", "return redis.call('zcard', redis.call('keys', '*timeline*')[1])", "0"])
}

/// Somebody follows very many, of whom each has written once; these reviews, newest first.
async fn more_than_a_timeline_takes(app: &TestApp, reader: db::UserId) -> Vec<db::ReviewId> {
    app.execute(&format!(
        "insert into users (id, handle, nickname) select gen_random_uuid(), 'author_' || n, 'Author' from generate_series(1, 430) as n;
         insert into follows (id, follower_id, followee_id) select gen_random_uuid(), '{reader}', id from users where handle like 'author%';"
    ))
    .await;
    let shop = app.shop("Noodles").await;
    app.execute(&format!(
        "insert into reviews (id, shop_id, author_id, rating, body)
             select ('01980000-0000-7000-8000-' || lpad(to_hex(row_number() over (order by handle)), 12, '0'))::uuid, '{shop}', id, 4, 'Fine'
             from users where handle like 'author%'"
    ))
    .await;
    app.recount().await;
    let ids = "select id::text from reviews order by id desc";
    let rows = app.sql().await.query(ids, &[]).await.expect("reviews");
    let reviews: Vec<_> = rows.iter().map(|row| row.get::<_, String>(0).parse().expect("an id")).collect();
    assert_eq!(reviews.len(), 430);
    reviews
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_is_pushed_to_those_who_read() {
    let redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    set_follow(&app, ada, bob, true).await;
    let first = publish(&app, bob).await;
    app.work_off().await;
    assert_eq!(redis.ask(&["--scan", "--pattern", "*timeline*"]), "", "nobody has read");
    assert_eq!(newest(&app, ada).await, std::slice::from_ref(&first));

    let second = publish(&app, bob).await;
    publish(&app, eve).await;
    assert_eq!(newest(&app, ada).await, std::slice::from_ref(&first), "not pushed yet");
    app.work_off().await;
    assert_eq!(newest(&app, ada).await, [second, first]);
    assert_eq!(newest(&app, eve).await, [Value::Null; 0]);
    assert_eq!(newest(&app, eve).await, [Value::Null; 0], "also from an empty timeline");
    // The reviews, and those by whom very many follow.
    assert_eq!(app.as_user(ada).statements(FEED, json!({ "first": 10 })).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_one_follows_is_in_the_feed_at_once_and_whom_not_is_not() {
    let redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    let (of_bob, of_eve) = (publish(&app, bob).await, publish(&app, eve).await);
    set_follow(&app, ada, bob, true).await;
    assert_eq!(newest(&app, ada).await, std::slice::from_ref(&of_bob));
    set_follow(&app, ada, eve, true).await;
    assert_eq!(newest(&app, ada).await, [of_eve.clone(), of_bob]);
    set_follow(&app, ada, bob, false).await;
    assert_eq!(newest(&app, ada).await, [of_eve]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_whole_though_much_was_deleted_or_hidden() {
    let redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    set_follow(&app, ada, bob, true).await;
    let mut reviews = Vec::new();
    for _ in 0..8 {
        reviews.insert(0, publish(&app, bob).await);
    }
    assert_eq!(whole(&app, ada, 3).await, reviews);
    for gone in reviews.drain(1..4) {
        app.as_user(bob).mutate("deleteReview", json!({ "reviewId": gone }), "").await;
    }
    app.execute("update reviews set state = 'hidden' where id = (select min(id::text)::uuid from reviews)").await;
    reviews.pop();
    assert_eq!(page(&app, ada, 3, &Value::Null).await.0, reviews[..3]);
    assert_eq!(whole(&app, ada, 3).await, reviews);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_in_place_while_others_publish() {
    let redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    set_follow(&app, ada, bob, true).await;
    let mut reviews = Vec::new();
    for _ in 0..5 {
        reviews.insert(0, publish(&app, bob).await);
    }
    let (first, next) = page(&app, ada, 2, &Value::Null).await;
    publish(&app, bob).await;
    app.work_off().await;
    let (second, next) = page(&app, ada, 2, &next.expect("more")).await;
    let (third, next) = page(&app, ada, 2, &next.expect("more")).await;
    assert_eq!(([first, second, third].concat(), next), (reviews, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_very_many_follow_is_looked_up() {
    let redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let (ada, bob, star) = (app.user("ada").await, app.user("bob").await, app.user("star").await);
    set_follow(&app, ada, bob, true).await;
    set_follow(&app, ada, star, true).await;
    app.execute(&format!("update users set follower_count = 20000 where id = '{star}'")).await;
    app.work_off().await;
    let mut reviews = Vec::new();
    assert_eq!(newest(&app, ada).await, [Value::Null; 0]);
    for author in [bob, star, bob, star, star] {
        reviews.insert(0, publish(&app, author).await);
        app.work_off().await;
    }
    let pushed = redis.ask(&["--raw", "eval", "return redis.call('zcard', redis.call('keys', '*timeline*')[1])", "0"]);
    assert_eq!(pushed, "3", "two reviews, and the beginning");
    assert_eq!(whole(&app, ada, 2).await, reviews);
    app.execute(&format!("update users set follower_count = 9500 where id = '{star}'")).await;
    assert_eq!(whole(&app, ada, 2).await, reviews, "who has just lost followers is looked up still");
    reviews.insert(0, publish(&app, star).await);
    app.work_off().await;
    assert_eq!(whole(&app, ada, 2).await, reviews, "what was pushed and looked up is there once");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_behind_the_end_of_a_timeline_is_served_by_postgresql() {
    let redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    set_follow(&app, ada, bob, true).await;
    app.work_off().await;
    let reviews = more_than_a_timeline_takes(&app, ada).await;
    let expected: Vec<Value> = reviews.into_iter().map(global).collect();
    assert_eq!(whole(&app, ada, 100).await, expected);
    assert_eq!(whole(&app, ada, 100).await, expected, "the second time from what was gathered");
    // What is pushed on top pushes the oldest out.
    let mut expected = expected;
    expected.insert(0, publish(&app, bob).await);
    app.work_off().await;
    assert_eq!(whole(&app, ada, 100).await, expected);
    assert_eq!(length(&redis), "401");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_review_that_is_pushed_late_does_not_go_below_the_end_of_a_timeline() {
    let redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let ada = app.user("ada").await;
    let reviews = more_than_a_timeline_takes(&app, ada).await;
    newest(&app, ada).await;
    assert_eq!(length(&redis), "400", "there is room");
    let timelines = app.memory.timelines().expect("timelines");
    timelines.push(&[ada], reviews[420]).await.expect("pushed");
    assert_eq!(length(&redis), "400");
    timelines.push(&[ada], reviews[200]).await.expect("pushed");
    timelines.push(&[ada], reviews[399]).await.expect("pushed");
    assert_eq!(length(&redis), "400", "what is there stays there");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_reviews_that_are_pushed_while_a_timeline_is_gathered_are_not_jumped_to() {
    let redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let ada = app.user("ada").await;
    let reviews = more_than_a_timeline_takes(&app, ada).await;
    newest(&app, ada).await;
    // As whoever began to gather it, and went away, leaves it.
    let draft = "local key = redis.call('keys', '*timeline*')[1]
        redis.call('del', key)
        return redis.call('zadd', key, 0, string.rep(string.char(0), 8) .. 'a draft.')";
    assert_eq!(redis.ask(&["--raw", "eval", draft, "0"]), "1");
    let timelines = app.memory.timelines().expect("timelines");
    for review in &reviews[410..] {
        timelines.push(&[ada], *review).await.expect("pushed");
    }
    let mut next = Value::Null;
    for _ in 0..4 {
        next = page(&app, ada, 100, &next).await.1.expect("more");
    }
    let expected: Vec<Value> = reviews[400..402].iter().copied().map(global).collect();
    assert_eq!(page(&app, ada, 2, &next).await.0, expected);
}
