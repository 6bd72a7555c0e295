use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use db::embedded::{Embedded, Options};
use db::{ShopId, UserId};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{document, until};

use super::people::People;
use super::{Instances, REDIS_TIMEOUT_MS, global};

/// How many reviews everybody must have written, or been refused, before something else happens.
const SOME: usize = 5;

/// Somebody who writes reviews, each until it is confirmed.
#[derive(Default)]
struct Author {
    confirmed: AtomicUsize,
    refused: AtomicUsize,
    stopped: AtomicBool,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_restarts_costs_nobody_what_was_confirmed_and_all_go_on() {
    // PostgreSQL runs as somebody else if we are root.
    let open = Permissions::from_mode(0o755);
    let folder = tempfile::Builder::new().permissions(open).tempdir_in("/tmp").expect("a folder");
    let postgresql = start(&folder).await;
    let instances = Instances::over(postgresql.url().to_owned(), REDIS_TIMEOUT_MS).await;
    let people = instances.people.clone();
    let (ada, bob) = (people.world.user("ada").await, people.world.user("bob").await);
    let (fan, cursor) = people.fan(&instances.a.address, ada).await;
    people.world.follow(fan, bob).await;
    let shops: Arc<[ShopId]> = people.shops(1_000).await.into();
    let follow = |script| instances.follower(script, fan, &[format!("notificationAdded={cursor}")]);
    let clients = [follow("graphql-ws.client.mjs"), follow("graphql-sse.client.mjs")];

    let authors = [Arc::<Author>::default(), Arc::default()];
    let writing: Vec<_> = [(&instances.a, ada), (&instances.b, bob)]
        .into_iter()
        .zip(&authors)
        .map(|((at, user), author)| {
            tokio::spawn(author.clone().write(people.clone(), at.address.clone(), user, shops.clone()))
        })
        .collect();
    all(&authors, "confirmed", |author| &author.confirmed).await;
    postgresql.stop().await;
    all(&authors, "refused", |author| &author.refused).await;
    let postgresql = start(&folder).await;
    all(&authors, "confirmed", |author| &author.confirmed).await;
    let pid = std::fs::read_to_string(folder.path().join("postgres/postmaster.pid")).expect("a pid");
    let pid = pid.lines().next().expect("a pid").to_owned();
    assert!(std::process::Command::new("kill").args(["-QUIT", &pid]).status().expect("kill").success());
    all(&authors, "refused", |author| &author.refused).await;
    all(&authors, "confirmed", |author| &author.confirmed).await;

    let mut confirmed = Vec::new();
    for (author, writing) in authors.iter().zip(writing) {
        author.stopped.store(true, Ordering::Relaxed);
        confirmed.extend(writing.await.expect("nothing failed but for PostgreSQL"));
    }
    people.until_settled().await;
    let told = people.told(fan).await.split_off(1);
    assert!(confirmed.iter().all(|review| told.contains(review)), "something that was confirmed is lost");
    for client in &clients {
        let knows = || -> Vec<Value> {
            let told = client.told("notificationAdded");
            told.iter().map(|line| line["node"]["subject"]["id"].clone()).collect()
        };
        until("they know of all", async || (knows().len() >= told.len()).then_some(())).await;
        assert_eq!(knows(), told);
    }
    drop(instances);
    postgresql.stop().await;
}

impl Author {
    /// Writes one review after the other, and returns those that were confirmed.
    async fn write(
        self: Arc<Self>,
        people: Arc<People>,
        address: String,
        user: UserId,
        shops: Arc<[ShopId]>,
    ) -> Vec<Value> {
        let mut confirmed = Vec::new();
        let document = document("createReview", "review { id }");
        for shop in shops.iter() {
            let input =
                json!({ "shopId": global(*shop), "rating": 4, "body": "Fine", "idempotencyKey": global(*shop) });
            loop {
                if self.stopped.load(Ordering::Relaxed) {
                    return confirmed;
                }
                let answered = people.ask(&address, user, &document, json!({ "input": input })).await;
                let codes = answered.codes();
                if codes.is_empty() {
                    confirmed.push(answered.data()["createReview"]["review"]["id"].take());
                    self.confirmed.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                assert_eq!(codes, ["UNAVAILABLE"], "{:#}", answered.body);
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
        }
        panic!("there are too few shops")
    }
}

/// Waits until everybody has done this some times more.
async fn all(authors: &[Arc<Author>], what: &str, count: impl Fn(&Author) -> &AtomicUsize) {
    let read = |author: &Arc<Author>| count(author).load(Ordering::Relaxed);
    let before: Vec<_> = authors.iter().map(read).collect();
    let done = async || authors.iter().zip(&before).all(|(author, before)| read(author) >= before + SOME).then_some(());
    until(what, done).await;
}

async fn start(folder: &TempDir) -> Embedded {
    let options = Options { data_dir: folder.path().to_owned(), bin_dir: None };
    Embedded::start(&options).await.expect("PostgreSQL starts")
}
