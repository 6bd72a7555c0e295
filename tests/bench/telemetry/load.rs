use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tests::document;
use tests::program::Server;

use crate::stage::{Stage, id, one};

pub(super) const SHOP_PAGE: &str = "query ShopPage($id: ID!) { shop(id: $id) { name rating { average count } category { name }
    reviews(first: 10) { edges { node { id rating body likeCount author { nickname } } } pageInfo { hasNextPage } } } }";

const SEARCH: &str = "query Search($q: String!) { searchShops(query: $q, first: 10) {
    edges { node { id name rating { average } category { name } } } } }";

const FEED: &str = "query Feed { viewer { feed(first: 20) {
    edges { node { id rating body likeCount author { nickname } shop { name } } } pageInfo { hasNextPage } } } }";

/// Of so many requests, one changes something.
const PERIOD: usize = 20;

/// People who ask one thing after the other, each over a connection of their own.
pub(super) struct Load {
    people: Vec<Person>,
    shops: Vec<String>,
}

struct Person {
    http: reqwest::Client,
    token: String,
    /// What they like, and then do not.
    review: Value,
    /// Where they begin, so that not all ask for the same.
    place: usize,
}

impl Load {
    pub(super) async fn of(stage: &Stage, people: &[db::UserId], shops: &[db::ShopId]) -> anyhow::Result<Self> {
        let server = stage.serve(None, &["--no-worker"]);
        let mut load = Self { people: Vec::new(), shops: shops.iter().map(|&shop| id(shop)).collect() };
        for (number, &person) in people.iter().enumerate() {
            let token = stage.token(person)?;
            let shop = one(shops, number % shops.len())?;
            let query =
                format!("{{ shop(id: \"{}\") {{ reviews(first: 1) {{ edges {{ node {{ id }} }} }} }} }}", id(shop));
            let mut page = stage.ask(&server, &token, &query, &Value::Null).await?;
            let review = page["shop"]["reviews"]["edges"][0]["node"]["id"].take();
            ensure!(review.is_string(), "no review");
            let http = reqwest::Client::builder().pool_max_idle_per_host(1).build()?;
            load.people.push(Person { http, token, review, place: number * (PERIOD + 1) });
        }
        Ok(load)
    }

    /// How long each request took that was answered within that time.
    pub(super) async fn run(&self, server: &Server, time: Duration) -> anyhow::Result<Vec<Duration>> {
        let url = format!("{}/graphql", server.address);
        let end = Instant::now() + time;
        let asking = self.people.iter().map(async |person| -> anyhow::Result<Vec<Duration>> {
            let mut taken = Vec::new();
            for number in person.place.. {
                let body = self.request(person, number)?;
                let request = person.http.post(&url).bearer_auth(&person.token);
                let begun = Instant::now();
                let answer = request.header("content-type", "application/json").body(body).send().await?;
                let answer = answer.bytes().await?;
                if Instant::now() > end {
                    break;
                }
                taken.push(begun.elapsed());
                // Errors come first.
                ensure!(answer.starts_with(b"{\"data\""), "{}", String::from_utf8_lossy(&answer));
            }
            Ok(taken)
        });
        Ok(try_join_all(asking).await?.into_iter().flatten().collect())
    }

    fn request(&self, person: &Person, number: usize) -> anyhow::Result<String> {
        let shop = self.shops.get(number % self.shops.len().max(1)).context("no shops")?;
        let request = match (number % PERIOD, number % 4) {
            (0, _) => {
                let input = json!({ "subjectId": person.review, "liked": (number / PERIOD).is_multiple_of(2) });
                json!({ "query": document("setLike", "subject { likeCount }"), "variables": { "input": input } })
            }
            (_, 1) => json!({ "query": SEARCH, "variables": { "q": format!("shop {}", number % 10) } }),
            (_, 2) => json!({ "query": FEED }),
            _ => json!({ "query": SHOP_PAGE, "variables": { "id": shop } }),
        };
        Ok(request.to_string())
    }
}
