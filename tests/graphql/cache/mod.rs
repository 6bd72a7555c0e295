//! Rows that are kept beyond the request that read them.

mod alone;
mod away;
mod changes;
mod shared;

use db::{Kept, Lifetimes, RowCounts};
use serde_json::{Value, json};
use tests::{Redis, TestApp, a_prefix, remembering};

use crate::nodes::global;

const NAME: &str = "query ($id: ID!) { shop(id: $id) { name } }";

/// An instance that is alone, and keeps rows.
async fn alone(change: impl FnOnce(&mut Lifetimes)) -> TestApp {
    TestApp::set_up(|setup| {
        setup.database.cache_mib = 8;
        change(&mut setup.database.row_lifetimes);
    })
    .await
}

/// Two instances that keep rows together.
async fn two(redis: &Redis, change: impl FnOnce(&mut Lifetimes)) -> (TestApp, TestApp) {
    let app = TestApp::set_up(|setup| {
        setup.database = remembering(&redis.url(), &a_prefix());
        setup.database.cache_mib = 8;
        change(&mut setup.database.row_lifetimes);
    })
    .await;
    let twin = app.twin().await;
    (app, twin)
}

/// The name of a shop, as a stranger reads it.
async fn name(app: &TestApp, shop: db::ShopId) -> String {
    let found = app.anonymous().run(NAME, json!({ "id": global(shop) })).await;
    found["shop"]["name"].as_str().unwrap_or("none").to_owned()
}

/// How many statements it takes a stranger to read it.
async fn cost(app: &TestApp, shop: db::ShopId) -> u64 {
    app.anonymous().statements(NAME, json!({ "id": global(shop) })).await
}

fn counts(app: &TestApp, kind: &str) -> RowCounts {
    let all = app.memory.rows.counts();
    all.into_iter().find(|(name, _)| *name == kind).expect("a kind of row").1
}

/// Renames a shop behind everybody's back.
async fn rename(app: &TestApp, shop: db::ShopId, name: &str) {
    app.execute(&format!("update shops set name = '{name}' where id = '{shop}'")).await;
}

/// A client's way to rename a shop.
async fn publish_name(app: &TestApp, owner: db::UserId, shop: db::ShopId, version: i32, name: &str) {
    let input = json!({
        "id": global(shop), "version": version, "name": name, "categoryId": global(tests::category(app, "restaurant").await),
        "location": { "lat": 60.17, "lng": 24.94 }, "address": "Street 1",
    });
    app.as_user(owner).mutate("upsertShop", input, "").await;
}

/// Every row there is, by the way of requests, equals what PostgreSQL says.
async fn differences(app: &TestApp, known: &[Vec<String>; 3]) -> Vec<String> {
    let [shops, users, reviews] = known;
    let mut wrong = differing::<db::Shop>(app, &ids(shops)).await;
    wrong.extend(differing::<db::User>(app, &ids(users)).await);
    wrong.extend(differing::<db::Review>(app, &ids(reviews)).await);
    wrong
}

async fn differing<R: Kept + PartialEq + std::fmt::Debug>(app: &TestApp, ids: &[R::Id]) -> Vec<String> {
    let kept = app.memory.rows.find::<R>(&app.postgres, ids).await.expect("rows");
    let stored = R::find_many(&mut app.postgres.conn().await.expect("a connection"), ids).await.expect("rows");
    let find = |id: &R::Id| stored.iter().find(|row| row.id() == *id);
    let differs = |id: &&R::Id| kept.get(*id) != find(id);
    ids.iter().filter(differs).map(|id| format!("{:?} is kept as {:?}", find(id), kept.get(id))).collect()
}

/// The ids of all shops, users and reviews.
async fn all(app: &TestApp) -> [Vec<String>; 3] {
    let sql = app.sql().await;
    let mut all = [Vec::new(), Vec::new(), Vec::new()];
    for (table, ids) in ["shops", "users", "reviews"].into_iter().zip(&mut all) {
        let rows = sql.query(&format!("select id::text from {table}"), &[]).await.expect("ids");
        *ids = rows.iter().map(|row| row.get(0)).collect();
    }
    all
}

fn ids<Id: std::str::FromStr<Err: std::fmt::Debug>>(texts: &[String]) -> Vec<Id> {
    texts.iter().map(|text| text.parse().expect("an id")).collect()
}

/// An account that its owner can delete, and the input to do so.
async fn account(app: &TestApp, handle: &str) -> (db::UserId, Value) {
    let input = json!({ "email": format!("{handle}@example.org"), "password": "correct horse", "handle": handle });
    let signed_up = app.anonymous().mutate("signUp", input, "viewer { user { id } }").await;
    let id = signed_up["viewer"]["user"]["id"].as_str().expect("an id").into();
    (api::global_id::decode("id", &id).expect("an id"), json!({ "password": "correct horse" }))
}
