use std::time::{Duration, Instant};

use db::{ShopId, UserId};
use serde_json::{Value, json};
use tests::{TestApp, document, until};

use super::global;

/// Those who send requests, and where they live.
pub(super) struct People {
    /// Fills the database; nobody sends requests there.
    pub(super) world: TestApp,
    http: reqwest::Client,
}

/// What came of a request, and after how long.
pub(super) struct Answered {
    pub(super) body: Value,
    pub(super) took: Duration,
}

impl People {
    pub(super) fn of(world: TestApp) -> Self {
        Self { world, http: reqwest::Client::new() }
    }

    pub(super) fn token(&self, user: UserId) -> String {
        self.world.token(user, chrono::Duration::minutes(15))
    }

    /// Sends a request that must be answered, whatever the answer.
    pub(super) async fn ask(&self, address: &str, user: UserId, query: &str, variables: Value) -> Answered {
        let begun = Instant::now();
        let request = self.http.post(format!("{address}/graphql")).bearer_auth(self.token(user));
        let answer = request.json(&json!({ "query": query, "variables": variables })).send().await;
        let body = answer.expect("an answer").json().await.expect("JSON");
        Answered { body, took: begun.elapsed() }
    }

    /// Runs a mutation that must succeed, and returns its payload.
    pub(super) async fn mutate(
        &self,
        address: &str,
        user: UserId,
        mutation: &str,
        input: Value,
        fields: &str,
    ) -> Value {
        let answered = self.ask(address, user, &document(mutation, fields), json!({ "input": input })).await;
        let payload = answered.data()[mutation].take();
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        payload
    }

    /// So many new shops.
    pub(super) async fn shops(&self, count: usize) -> Vec<ShopId> {
        let shops: Vec<_> = (0..count).map(|_| ShopId::new()).collect();
        let ids: Vec<_> = shops.iter().map(ToString::to_string).collect();
        let insert = "insert into shops (id, category_id, name, lat, lng, timezone, search_text)
            select shop::uuid, (select id from categories limit 1), 'Noodles', 60.17, 24.94, 'Europe/Helsinki', 'noodles'
            from unnest($1::text[]) as new (shop)";
        self.world.sql().await.execute(insert, &[&ids]).await.expect("shops");
        shops
    }

    /// Reviews a shop, and returns the id of the review.
    pub(super) async fn review(&self, address: &str, author: UserId, shop: ShopId) -> Value {
        let input = json!({ "shopId": global(shop), "rating": 4, "body": "Fine" });
        self.mutate(address, author, "createReview", input, "review { id }").await["review"]["id"].take()
    }

    /// Somebody who follows an author and was told of a review by them, and the cursor of that.
    pub(super) async fn fan(&self, address: &str, author: UserId) -> (UserId, String) {
        let fan = self.world.user("fan").await;
        self.world.follow(fan, author).await;
        self.review(address, author, self.world.shop("The first").await).await;
        let list = "{ viewer { notifications(first: 1) { pageInfo { endCursor } } } }";
        let cursor = until("the fan is told", async || {
            let data = self.ask(address, fan, list, json!({})).await.data();
            data["viewer"]["notifications"]["pageInfo"]["endCursor"].as_str().map(str::to_owned)
        });
        (fan, cursor.await)
    }

    /// The reviews that somebody was told of, in the order in which they were.
    pub(super) async fn told(&self, user: UserId) -> Vec<Value> {
        let told = "select review_id::text from notifications where recipient_id::text = $1 order by number";
        let rows = self.world.sql().await.query(told, &[&user.to_string()]).await.expect("rows");
        let ids = rows.iter().map(|row| row.get::<_, String>(0).parse::<db::ReviewId>().expect("an id"));
        ids.map(|id| json!(global(id))).collect()
    }

    /// Waits until everything that follows from what was written is done.
    pub(super) async fn until_settled(&self) {
        until("all events are handled", async || (self.world.count("events").await == 0).then_some(())).await;
    }
}

impl Answered {
    /// What was asked for, which must have succeeded.
    pub(super) fn data(mut self) -> Value {
        assert!(self.body["errors"].is_null(), "{:#}", self.body);
        self.body["data"].take()
    }

    /// The codes of what failed.
    pub(super) fn codes(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().into_iter().flatten();
        errors.map(|error| error["extensions"]["code"].as_str().unwrap_or_default()).collect()
    }
}
