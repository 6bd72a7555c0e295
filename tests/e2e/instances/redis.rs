use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use db::{ShopId, UserId};
use serde_json::{Value, json};
use tests::{document, until};
use tokio::task::JoinHandle;

use super::people::People;
use super::{Instance, Instances, global};

/// How many answers everybody must get before something else happens.
const ANSWERS: usize = 10;

/// Far above what a request takes on a machine with much to do, as no request does that waits for Redis again and again.
const LONGEST: Duration = Duration::from_secs(5);

const FEED: &str = "{ viewer { feed(first: 30) { edges { node { id } } } } }";

#[derive(Clone, Copy)]
enum Work {
    /// One's feed.
    Read(UserId),
    /// A review.
    Write(UserId),
}

/// Somebody who works at an instance, again and again, and is answered each time.
struct Busy {
    progress: Arc<Progress>,
    working: JoinHandle<Duration>,
}

#[derive(Default)]
struct Progress {
    answers: AtomicUsize,
    stopped: AtomicBool,
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_and_writers_go_on_though_redis_is_paused_killed_and_empty() {
    let mut instances = Instances::start().await;
    let people = instances.people.clone();
    let (fan, ada, bob) =
        (people.world.user("fan").await, people.world.user("ada").await, people.world.user("bob").await);
    for author in [ada, bob] {
        people.world.follow(fan, author).await;
    }
    let busy: Vec<Busy> = [(&instances.a, ada), (&instances.b, bob)]
        .into_iter()
        .flat_map(|(at, author)| [Work::Read(fan), Work::Write(author)].map(|work| Busy::with(work, &people, at)))
        .collect();

    all_go_on(&busy).await;
    instances.redis.pause();
    until_all_said(&instances, "Redis is away; going on without it", 1).await;
    all_go_on(&busy).await;
    instances.redis.resume();
    until_all_said(&instances, "Redis is there", 1).await;
    all_go_on(&busy).await;
    instances.redis.kill();
    until_all_said(&instances, "Redis is away; going on without it", 2).await;
    all_go_on(&busy).await;
    instances.redis.start_again().await;
    until_all_said(&instances, "Redis is there", 2).await;
    all_go_on(&busy).await;

    for busy in busy {
        busy.progress.stopped.store(true, Ordering::Relaxed);
        let longest = busy.working.await.expect("every request succeeded");
        assert!(longest < LONGEST, "somebody waited for {longest:?}");
    }
    people.until_settled().await;
    let newest = "select id::text from reviews order by id desc limit 30";
    let rows = people.world.sql().await.query(newest, &[]).await.expect("rows");
    let ids = rows.iter().map(|row| row.get::<_, String>(0).parse::<db::ReviewId>().expect("an id"));
    let edges: Vec<Value> = ids.map(|id| json!({ "node": { "id": global(id) } })).collect();
    for at in [&instances.a, &instances.b] {
        let feed = people.ask(&at.address, fan, FEED, json!({})).await.data();
        assert_eq!(feed["viewer"]["feed"]["edges"], json!(edges));
    }
}

impl Busy {
    fn with(work: Work, people: &Arc<People>, at: &Instance) -> Self {
        let (people, address, progress) = (people.clone(), at.address.clone(), Arc::<Progress>::default());
        let theirs = progress.clone();
        let working = tokio::spawn(async move {
            let (mut longest, mut shops) = (Duration::ZERO, Vec::new());
            while !theirs.stopped.load(Ordering::Relaxed) {
                longest = longest.max(work.once(&people, &address, &mut shops).await);
                theirs.answers.fetch_add(1, Ordering::Relaxed);
            }
            longest
        });
        Self { progress, working }
    }

    fn answers(&self) -> usize {
        assert!(!self.working.is_finished(), "a request failed");
        self.progress.answers.load(Ordering::Relaxed)
    }
}

impl Work {
    /// Tells how long it took to be answered.
    async fn once(self, people: &People, address: &str, shops: &mut Vec<ShopId>) -> Duration {
        let answered = match self {
            Self::Read(reader) => people.ask(address, reader, FEED, json!({})).await,
            Self::Write(author) => {
                if shops.is_empty() {
                    *shops = people.shops(100).await;
                }
                let shop = shops.pop().map(global);
                let input = json!({ "input": { "shopId": shop, "rating": 4, "body": "Fine" } });
                people.ask(address, author, &document("createReview", ""), input).await
            }
        };
        let took = answered.took;
        answered.data();
        took
    }
}

/// Waits until everybody was answered some times more.
async fn all_go_on(busy: &[Busy]) {
    let before: Vec<_> = busy.iter().map(Busy::answers).collect();
    let all = async || busy.iter().zip(&before).all(|(busy, before)| busy.answers() >= before + ANSWERS).then_some(());
    until("all go on", all).await;
}

async fn until_all_said(instances: &Instances, message: &str, times: usize) {
    let all =
        async || [&instances.a, &instances.b].iter().all(|instance| instance.logged(message) >= times).then_some(());
    until(message, all).await;
}
