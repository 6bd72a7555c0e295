//! How events are worked off.

use std::sync::Arc;

use db::outbox::{Backlog, Choice, Parked};
use serde_json::json;
use tests::{TestApp, until};

use crate::nodes::global;

async fn backlog(app: &TestApp) -> (i64, i64) {
    let mut conn = app.postgres.conn().await.expect("a connection");
    let Backlog { waiting, parked, .. } = Backlog::measure(&mut conn).await.expect("a backlog");
    (waiting, parked)
}

/// Records something that no release knows.
async fn puzzle(app: &TestApp, attempts: i16) -> String {
    let statement = "insert into events (id, subject_id, kind, payload, attempts)
        values (gen_random_uuid(), '00000000-0000-7000-8000-000000000000', 'moon_rose', '{}', $1) returning id::text";
    app.sql().await.query_one(statement, &[&attempts]).await.expect("an event").get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_woken_by_what_is_recorded() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (worker, stop) = app.worker();
    let working = tokio::spawn(worker.run());
    app.as_user(bob).mutate("setFollow", json!({ "userId": global(ada), "following": true }), "").await;
    until("it is told", async || (app.count("notifications").await == 1).then_some(())).await;
    until("nothing is left", async || (backlog(&app).await == (0, 0)).then_some(())).await;
    stop.now();
    working.await.expect("an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_failing_is_parked_and_can_be_tried_again_or_dropped() {
    let app = TestApp::new().await;
    let id = puzzle(&app, 8).await;
    app.work_off_once().await;
    assert_eq!(backlog(&app).await, (1, 0), "it is to be tried again, later");
    app.execute("update events set due_at = now()").await;
    app.work_off_once().await;
    assert_eq!(backlog(&app).await, (0, 1));

    let mut conn = app.postgres.conn().await.expect("a connection");
    let parked = Parked::newest(&mut conn, 10).await.expect("a list");
    assert_eq!((parked[0].id.to_string(), parked[0].attempts), (id, 10));
    assert!(parked[0].last_error.as_deref().is_some_and(|reason| reason.contains("moon_rose")));
    assert_eq!(Parked::retry(&mut conn, Choice::One(parked[0].id)).await.expect("a retry"), 1);
    assert_eq!(backlog(&app).await, (1, 0));
    assert_eq!(Parked::delete(&mut conn, Choice::All).await.expect("nothing"), 0, "what waits is not dropped");
    app.execute("update events set parked_at = now()").await;
    assert_eq!(Parked::delete(&mut conn, Choice::One(parked[0].id)).await.expect("a deletion"), 1);
    assert_eq!(backlog(&app).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_or_is_parked_keeps_nothing_else() {
    let app = TestApp::new().await;
    puzzle(&app, 0).await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    app.as_user(bob).mutate("setFollow", json!({ "userId": global(ada), "following": true }), "").await;
    app.work_off_once().await;
    assert_eq!(app.count("notifications").await, 1);
    // What came later of the same subject waits for its turn.
    app.execute(
        "insert into events (id, subject_id, kind, payload) select gen_random_uuid(), subject_id, 'user_signed_up', json_build_object('user', subject_id)
         from events; update events set id = 'ffffffff-0000-7000-8000-000000000000' where kind = 'user_signed_up'",
    )
    .await;
    app.work_off_once().await;
    assert_eq!(backlog(&app).await, (2, 0));
    app.execute("update events set parked_at = now() where kind = 'moon_rose'").await;
    app.work_off_once().await;
    assert_eq!(backlog(&app).await, (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_do_everything_once() {
    let app = Arc::new(TestApp::new().await);
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let review = app.review(ada, shop, 4).await;
    for n in 0..20 {
        let fan = app.user(&format!("fan_{n}")).await;
        let client = app.as_user(fan);
        client.mutate("setLike", json!({ "subjectId": global(review), "liked": true }), "").await;
        client.mutate("setFollow", json!({ "userId": global(ada), "following": true }), "").await;
        client.mutate("addComment", json!({ "reviewId": global(review), "body": "Well" }), "").await;
    }
    let workers = (0..4).map(|_| {
        let app = app.clone();
        tokio::spawn(async move { app.work_off_once().await })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.expect("work");
    }
    app.work_off_once().await;
    assert_eq!(backlog(&app).await, (0, 0));
    let told = "select string_agg(kind || actor_count, ' ' order by kind) from notifications";
    let told: String = app.sql().await.query_one(told, &[]).await.expect("a row").get(0);
    assert_eq!(told, "comment20 follow20 like20");
    let numbers = "select count(distinct number) from notifications";
    assert_eq!(app.sql().await.query_one(numbers, &[]).await.expect("a row").get::<_, i64>(0), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_hands_back_what_it_took() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    app.as_user(bob).mutate("setFollow", json!({ "userId": global(ada), "following": true }), "").await;
    let (worker, stop) = app.worker();
    stop.now();
    assert_eq!(worker.work_off().await.expect("work"), 1, "it was taken");
    assert_eq!((backlog(&app).await, app.count("notifications").await), ((1, 0), 0));
    let untouched = "select attempts from events";
    assert_eq!(app.sql().await.query_one(untouched, &[]).await.expect("a row").get::<_, i16>(0), 0);
    app.work_off_once().await;
    assert_eq!((backlog(&app).await, app.count("notifications").await), ((0, 0), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn very_many_events_of_one_subject_keep_nobody_from_looking_for_others() {
    let app = TestApp::set_up(|setup| setup.database.database_statement_timeout_ms = 5_000).await;
    app.execute(
        "insert into events (id, subject_id, kind, payload, due_at)
         select ('019bc000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '00000000-0000-7000-8000-000000000000', 'liked', '{}',
                now() + case when n = 1 then interval '1 hour' else interval '0' end
         from generate_series(1, 30000) n;
         analyze events",
    )
    .await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    app.as_user(bob).mutate("setFollow", json!({ "userId": global(ada), "following": true }), "").await;
    app.work_off_once().await;
    assert_eq!(app.count("notifications").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_listens_to_a_shop_is_told_though_redis_is_away() {
    let mut redis = tests::Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    app.follow(bob, ada).await;
    let mut socket = app.socket().await;
    let query = "subscription ($shop: ID!) { reviewAdded(shopId: $shop) { cursor } }";
    socket.follow("1", query, json!({ "shop": global(shop) })).await;
    redis.kill();
    let link = app.memory.redis().expect("a link");
    until("Redis is given up", async || (!link.is_up()).then_some(())).await;
    let input = json!({ "shopId": global(shop), "rating": 5, "body": "Good" });
    app.as_user(ada).mutate("createReview", input, "").await;
    app.work_off_once().await;
    let told = tokio::time::timeout(std::time::Duration::from_secs(5), socket.next("1")).await;
    assert!(told.is_ok(), "nobody is told, and {:?} events wait", backlog(&app).await.0);
}
