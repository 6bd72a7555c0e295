//! Feeds while Redis is away.

use serde_json::{Value, json};
use tests::{Redis, TestApp, until};

use super::{newest, publish, set_follow};

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_read_while_redis_is_gone_and_right_when_it_is_back() {
    let mut redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    set_follow(&app, ada, bob, true).await;
    let first = publish(&app, bob).await;
    app.work_off().await;
    assert_eq!(newest(&app, ada).await, std::slice::from_ref(&first));

    redis.pause();
    let second = publish(&app, bob).await;
    set_follow(&app, ada, eve, true).await;
    assert_eq!(newest(&app, ada).await, [second.clone(), first.clone()], "read from rows");
    app.work_off_once().await;
    assert!(app.count("events").await > 0, "what Redis did not hear waits");
    redis.resume();
    app.memory.redis().expect("Redis").until_up().await;
    app.execute("update events set due_at = now()").await;
    app.work_off_once().await;
    assert_eq!(app.count("events").await, 0);
    assert_eq!(newest(&app, ada).await, [second.clone(), first.clone()]);

    redis.kill();
    assert_eq!(newest(&app, ada).await, [second.clone(), first.clone()]);
    redis.start_again().await;
    app.memory.redis().expect("Redis").until_up().await;
    let third = publish(&app, eve).await;
    app.work_off_once().await;
    assert_eq!(newest(&app, ada).await, [third, second, first]);
}

#[tokio::test(flavor = "multi_thread")]
async fn very_many_are_told_once_though_redis_is_away_and_however_often_a_push_is_tried() {
    let mut redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let ada = app.user("ada").await;
    app.execute(&format!(
        "insert into users (id, handle, nickname) select gen_random_uuid(), 'fan_' || n, 'Fan' from generate_series(1, 1500) as n;
         insert into follows (id, follower_id, followee_id) select gen_random_uuid(), id, '{ada}' from users where handle like 'fan%';"
    ))
    .await;
    app.recount().await;
    publish(&app, ada).await;
    redis.kill();
    for _ in 0..3 {
        app.execute("update events set due_at = now()").await;
        app.work_off_once().await;
        assert_eq!(app.count("notifications where kind = 'review' and number = 1").await, 1500, "all are told");
        assert_eq!(app.count("events where kind = 'push_owed'").await, 2, "a thousand, and the rest");
        assert_eq!(app.count("events").await, 2);
    }
    redis.start_again().await;
    app.memory.redis().expect("Redis").until_up().await;
    app.execute("update events set due_at = now()").await;
    app.work_off_once().await;
    assert_eq!(app.count("events").await, 0);
    assert_eq!(app.count("notifications where kind = 'review' and number = 1").await, 1500);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_people_are_told_and_feeds_are_made_up_for_later() {
    let redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    set_follow(&app, ada, bob, true).await;
    app.work_off().await;
    let of_eve = publish(&app, eve).await;
    app.work_off().await;
    assert_eq!(newest(&app, ada).await, [Value::Null; 0]);

    redis.pause();
    let link = app.memory.redis().expect("a link");
    until("Redis is given up", async || (!link.is_up()).then_some(())).await;
    let of_bob = publish(&app, bob).await;
    set_follow(&app, ada, eve, true).await;
    app.work_off_once().await;
    let unread = async |who| {
        let query = "{ viewer { notifications { unreadCount } } }";
        app.as_user(who).run(query, json!({})).await["viewer"]["notifications"]["unreadCount"].as_i64()
    };
    assert_eq!((unread(ada).await, unread(eve).await), (Some(1), Some(1)));
    assert_eq!(app.count("events where kind in ('push_owed', 'feed_owed')").await, 2);
    assert_eq!(app.count("events").await, 2, "nothing else waits");

    redis.resume();
    let made_up = async || {
        app.work_off_once().await;
        (app.count("events").await == 0).then_some(())
    };
    until("all is made up for", made_up).await;
    assert_eq!(newest(&app, ada).await, [of_bob, of_eve]);
}
