use tests::{Redis, TestApp, until};

use super::shared::{in_redis, name_to, own_shop, warm};
use super::{name, publish_name, two};

fn is_up(app: &TestApp) -> bool {
    app.memory.redis().is_some_and(db::redis::Link::is_up)
}

/// All instances show everybody a certain name, the one that wrote from now on.
async fn all_show(app: &TestApp, twin: &TestApp, owner: db::UserId, shop: db::ShopId, new: &str) {
    for _ in 0..5 {
        assert_eq!(name(app, shop).await, new);
        assert_eq!(name_to(app, owner, shop).await, new);
        assert_eq!(name_to(twin, owner, shop).await, new);
    }
    until("strangers see it elsewhere", async || (name(twin, shop).await == new).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_go_on_and_are_right_while_redis_is_gone_and_after_it_comes_back_with_nothing_in_it() {
    let mut redis = Redis::start().await;
    let (app, twin) = two(&redis, |_| ()).await;
    let (owner, shop) = own_shop(&app).await;
    warm(&app, &redis, shop).await;
    name(&twin, shop).await;
    redis.kill();
    publish_name(&app, owner, shop, 1, "Dumplings").await;
    all_show(&app, &twin, owner, shop, "Dumplings").await;
    redis.start_again().await;
    all_show(&app, &twin, owner, shop, "Dumplings").await;
    until("Redis is found again", async || (is_up(&app) && is_up(&twin)).then_some(())).await;
    publish_name(&app, owner, shop, 2, "Rice").await;
    all_show(&app, &twin, owner, shop, "Rice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_paused_redis_was_not_told_to_forget_it_forgets_when_it_goes_on() {
    let redis = Redis::start().await;
    let (app, twin) = two(&redis, |_| ()).await;
    let (owner, shop) = own_shop(&app).await;
    warm(&app, &redis, shop).await;
    name(&twin, shop).await;
    redis.pause();
    publish_name(&app, owner, shop, 1, "Dumplings").await;
    assert_eq!(name(&app, shop).await, "Dumplings");
    until("it is given up", async || (!is_up(&app)).then_some(())).await;
    redis.resume();
    until("it is forgotten", async || (!in_redis(&redis, shop).contains("Noodles")).then_some(())).await;
    all_show(&app, &twin, owner, shop, "Dumplings").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_does_not_believe_what_it_could_not_have_forgotten() {
    let redis = Redis::start().await;
    let (app, twin) = two(&redis, |_| ()).await;
    let (owner, shop) = own_shop(&app).await;
    warm(&app, &redis, shop).await;
    redis.ask(&["acl", "setuser", "default", "-del"]);
    publish_name(&app, owner, shop, 1, "Dumplings").await;
    assert!(in_redis(&redis, shop).contains("Noodles"), "it is still there");
    assert_eq!(name(&app, shop).await, "Dumplings");
    redis.ask(&["acl", "setuser", "default", "+del"]);
    until("it is forgotten", async || (!in_redis(&redis, shop).contains("Noodles")).then_some(())).await;
    all_show(&app, &twin, owner, shop, "Dumplings").await;
}
