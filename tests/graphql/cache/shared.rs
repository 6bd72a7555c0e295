use std::time::{Duration, Instant};

use serde_json::json;
use tests::{Redis, TestApp, until};

use super::{NAME, cost, counts, name, publish_name, rename, two};
use crate::nodes::global;

/// What Redis has in the place of a shop.
pub(super) fn in_redis(redis: &Redis, shop: db::ShopId) -> String {
    let keys = redis.ask(&["keys", &format!("*:shop:1:{shop}")]);
    let key = keys.lines().find(|key| !key.is_empty() && !key.contains(":renewing:"));
    key.map(|key| redis.ask(&["get", key])).unwrap_or_default()
}

/// Has an instance read a shop, and put it into Redis.
pub(super) async fn warm(app: &TestApp, redis: &Redis, shop: db::ShopId) {
    let name = name(app, shop).await;
    until("it is in Redis", async || in_redis(redis, shop).contains(&name).then_some(())).await;
}

pub(super) async fn own_shop(app: &TestApp) -> (db::UserId, db::ShopId) {
    let (owner, shop) = (app.user("mei").await, app.shop("Noodles").await);
    app.grant(owner, db::Role::Merchant, &[shop]).await;
    (owner, shop)
}

/// Who has written is sent to PostgreSQL as long as this has not passed since Redis was found.
pub(super) async fn until_settled(app: &TestApp, settling: Duration) {
    let link = app.memory.redis().expect("a link");
    until("it is known who wrote", async || (link.up_for()? > settling).then_some(())).await;
}

/// The name of a shop, as somebody reads it who may have written.
pub(super) async fn name_to(app: &TestApp, viewer: db::UserId, shop: db::ShopId) -> String {
    let found = app.as_user(viewer).run(NAME, json!({ "id": global(shop) })).await;
    found["shop"]["name"].as_str().expect("a name").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_instance_read_the_other_finds_in_redis() {
    let redis = Redis::start().await;
    let (app, twin) = two(&redis, |_| ()).await;
    let shop = app.shop("Noodles").await;
    assert_eq!(cost(&app, shop).await, 1);
    warm(&app, &redis, shop).await;
    assert_eq!((cost(&twin, shop).await, cost(&twin, shop).await), (0, 0));
    let counts = counts(&twin, "Shop");
    assert_eq!((counts.loaded, counts.hits_in_redis, counts.hits_in_process), (0, 1, 1));
    let stored = app.memory.rows.find::<db::Shop>(&app.postgres, &[shop]).await.expect("rows");
    assert_eq!(stored, twin.memory.rows.find::<db::Shop>(&twin.postgres, &[shop]).await.expect("rows"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_nothing_leave_nothing_in_redis() {
    let redis = Redis::start().await;
    let (app, _twin) = two(&redis, |_| ()).await;
    for _ in 0..20 {
        name(&app, db::ShopId::new()).await;
    }
    until("leases are given back", async || redis.ask(&["keys", "*:shop:1:*"]).is_empty().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_instances_drop_what_was_changed_at_once() {
    let redis = Redis::start().await;
    let (app, twin) = two(&redis, |_| ()).await;
    let (owner, shop) = own_shop(&app).await;
    let mut slowest = Duration::ZERO;
    for version in 1..=20 {
        warm(&app, &redis, shop).await;
        warm(&twin, &redis, shop).await;
        let new = format!("Noodles {version}");
        publish_name(&app, owner, shop, version, &new).await;
        let answered = Instant::now();
        assert_eq!(name(&app, shop).await, new);
        until("the other has heard", async || (name(&twin, shop).await == new).then_some(())).await;
        slowest = slowest.max(answered.elapsed());
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wrote_reads_it_at_once_at_any_instance() {
    const SETTLING: Duration = Duration::from_secs(1);
    let redis = Redis::start().await;
    let (app, twin) = two(&redis, |lifetimes| lifetimes.own_write = SETTLING).await;
    let (owner, shop) = own_shop(&app).await;
    until_settled(&twin, SETTLING).await;
    for version in 1..=30 {
        name(&twin, shop).await;
        let new = format!("Noodles {version}");
        publish_name(&app, owner, shop, version, &new).await;
        assert_eq!(name_to(&twin, owner, shop).await, new);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wrote_reads_it_even_where_nobody_has_heard_of_it() {
    const SETTLING: Duration = Duration::from_secs(5);
    let redis = Redis::start().await;
    let (app, twin) = two(&redis, |lifetimes| lifetimes.own_write = SETTLING).await;
    let (owner, shop) = own_shop(&app).await;
    until_settled(&twin, SETTLING).await;
    warm(&twin, &redis, shop).await;
    assert_eq!(name_to(&twin, owner, shop).await, "Noodles");
    assert!(counts(&twin, "Shop").hits_in_process >= 1, "who has not written is served from memory");

    redis.ask(&["acl", "setuser", "default", "-publish"]);
    publish_name(&app, owner, shop, 1, "Dumplings").await;
    assert_eq!(name_to(&twin, owner, shop).await, "Dumplings");
    assert_eq!(name(&twin, shop).await, "Noodles", "it was not told");
    redis.ask(&["acl", "setuser", "default", "+publish"]);
    until("it is told", async || (name(&twin, shop).await == "Dumplings").then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_instances_one_loads_anew_what_is_no_longer_fresh() {
    let redis = Redis::start().await;
    let (app, twin) = two(&redis, |lifetimes| {
        lifetimes.fresh = Duration::ZERO;
        lifetimes.renewal = Duration::from_hours(1);
    })
    .await;
    let shop = app.shop("Noodles").await;
    warm(&app, &redis, shop).await;
    until("it is loaded anew", async || (counts(&app, "Shop").loaded == 2).then_some(())).await;
    rename(&app, shop, "Dumplings").await;
    for _ in 0..20 {
        for instance in [&app, &twin] {
            assert_eq!(cost(instance, shop).await, 0, "nobody waits");
            assert_eq!(name(instance, shop).await, "Noodles");
        }
    }
    assert_eq!(counts(&app, "Shop").renewed + counts(&twin, "Shop").renewed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_read_while_other_rows_are_being_forgotten() {
    let redis = Redis::start().await;
    let (app, twin) = two(&redis, |_| ()).await;
    let mut shops = Vec::new();
    for n in 0..50 {
        shops.push(app.shop(&format!("Shop {n}")).await);
        warm(&app, &redis, shops[n]).await;
    }
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let rows = twin.memory.rows.clone();
            tokio::spawn(async move {
                loop {
                    rows.forget(&[db::UserId::new().into()], None).await;
                }
            })
        })
        .collect();
    for shop in &shops {
        name(&twin, *shop).await;
    }
    writers.iter().for_each(|writer| writer.abort());
    let counts = counts(&twin, "Shop");
    assert_eq!((counts.hits_in_redis, counts.loaded), (50, 0));
}
