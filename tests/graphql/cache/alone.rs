use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tests::until;

use super::{NAME, alone, cost, counts, name, publish_name, rename};
use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_needs_no_statement() {
    let app = alone(|_| ()).await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    let review = app.review(ada, shop, 4).await;
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Shop { name category { name } } ... on User { nickname } ... on Review { body } } }";
    let ids = json!({ "ids": [global(ada), global(shop), global(review)] });
    assert_eq!(app.anonymous().statements(query, ids.clone()).await, 4);
    assert_eq!(app.anonymous().statements(query, ids.clone()).await, 0);
    assert_eq!(app.as_user(ada).statements(query, ids).await, 0);
    for kind in ["Shop", "User", "Review", "Category"] {
        let counts = counts(&app, kind);
        assert_eq!((counts.loaded, counts.hits_in_process, counts.entries), (1, 2, 1), "{kind}");
        assert!(counts.bytes > 0, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_without_memory_for_it() {
    let app = tests::TestApp::new().await;
    let shop = app.shop("Noodles").await;
    assert_eq!((cost(&app, shop).await, cost(&app, shop).await), (1, 1));
    assert_eq!(app.memory.rows.warm_up(&app.postgres).await.expect("nothing to do"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_there_is_no_row_is_remembered_until_there_is_one() {
    let app = alone(|_| ()).await;
    let (ada, shop, moderator) = (app.user("ada").await, app.shop("Noodles").await, app.moderator("moss").await);
    let review = app.review(ada, shop, 4).await;
    app.hide("reviews", review).await;
    let (query, id) =
        ("query ($id: ID!) { node(id: $id) { ... on Review { body } } }", json!({ "id": global(review) }));
    assert_eq!(app.anonymous().statements(query, id.clone()).await, 1);
    assert_eq!(app.anonymous().statements(query, id.clone()).await, 0);
    assert_eq!(counts(&app, "Review").absences, 1);

    let moderate = |state: &str| json!({ "subjectId": global(review), "state": state });
    app.as_user(moderator).mutate("moderate", moderate("VISIBLE"), "").await;
    assert_eq!(app.anonymous().run(query, id.clone()).await["node"]["body"], "4 stars");
    app.as_user(moderator).mutate("moderate", moderate("HIDDEN"), "").await;
    assert!(app.anonymous().run(query, id).await["node"].is_null(), "what is hidden is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absence_ends_by_itself() {
    let app = alone(|lifetimes| lifetimes.absent = Duration::ZERO).await;
    let nowhere = db::ShopId::new();
    assert_eq!((cost(&app, nowhere).await, cost(&app, nowhere).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_ids_of_nothing_take_no_more_memory_than_there_may_be() {
    let app = tests::TestApp::set_up(|setup| setup.database.cache_mib = 1).await;
    for _ in 0..20 {
        let ids: Vec<_> = (0..1_000).map(|_| db::ReviewId::new()).collect();
        let found = app.memory.rows.find::<db::Review>(&app.postgres, &ids).await.expect("rows");
        assert!(found.is_empty());
    }
    let counts = counts(&app, "Review");
    assert_eq!(counts.loaded, 20_000);
    assert!(counts.entries > 0 && counts.bytes <= 1 << 20, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_ask_for_a_row_at_the_same_time_one_loads_it() {
    const READERS: u64 = 40;
    let app = alone(|_| ()).await;
    let shop = app.shop("Noodles").await;
    let sql = app.sql().await;
    sql.batch_execute("begin; lock table shops in access exclusive mode").await.expect("a lock");
    let readers = join_all((0..READERS).map(|_| name(&app, shop)));
    let all_wait = async {
        until("all wait for one", async || (counts(&app, "Shop").waited == READERS - 1).then_some(())).await;
        sql.batch_execute("commit").await.expect("the end of the lock");
    };
    let (names, ()) = tokio::join!(readers, all_wait);
    assert!(names.iter().all(|name| name == "Noodles"));
    assert_eq!(counts(&app, "Shop").loaded, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_fresh_is_used_while_one_loads_it_anew() {
    let app = alone(|lifetimes| lifetimes.fresh = Duration::ZERO).await;
    let shop = app.shop("Noodles").await;
    let sql = app.sql().await;
    // Its first reader finds it stale already, and has it loaded anew at once.
    assert_eq!(name(&app, shop).await, "Noodles");
    until("it is loaded anew", async || (counts(&app, "Shop").loaded == 2).then_some(())).await;

    rename(&app, shop, "Dumplings").await;
    sql.batch_execute("begin; lock table shops in access exclusive mode").await.expect("a lock");
    let renewed = counts(&app, "Shop").renewed;
    for _ in 0..20 {
        assert_eq!(cost(&app, shop).await, 0, "nobody waits");
    }
    until("one loads it", async || (counts(&app, "Shop").renewed > renewed).then_some(())).await;
    assert_eq!(counts(&app, "Shop").renewed, renewed + 1);
    assert_eq!(name(&app, shop).await, "Noodles");
    sql.batch_execute("commit").await.expect("the end of the lock");
    until("it is loaded anew", async || (name(&app, shop).await == "Dumplings").then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_forgotten_is_not_used_though_it_was_stale_only() {
    let app = alone(|lifetimes| lifetimes.fresh = Duration::ZERO).await;
    let (owner, shop) = (app.merchant("mei").await, app.shop("Noodles").await);
    app.grant(owner, db::Role::Merchant, &[shop]).await;
    for version in 1..20 {
        name(&app, shop).await;
        let new = format!("Noodles {version}");
        publish_name(&app, owner, shop, version, &new).await;
        assert_eq!(name(&app, shop).await, new);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_cache_has_the_shops_that_most_people_wrote_about() {
    let app = alone(|_| ()).await;
    let (ada, shop) = (app.user("ada").await, app.shop("Noodles").await);
    app.review(ada, shop, 4).await;
    app.recount().await;
    assert_eq!(app.memory.rows.warm_up(&app.postgres).await.expect("shops"), 1);
    let query = "query ($id: ID!) { shop(id: $id) { name category { name } } }";
    assert_eq!(app.anonymous().statements(query, json!({ "id": global(shop) })).await, 0);
    assert_eq!(app.anonymous().run(NAME, json!({ "id": global(shop) })).await["shop"]["name"], "Noodles");
}
