use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tests::until;

use super::Instances;
use super::follower::Follower;
use super::people::People;

/// How many reviews are written while something happens to a part, and how many of them before it does.
const REVIEWS: usize = 20;
const BEFORE: usize = 5;

/// An author, and two clients of somebody who is told of what they write.
struct Stream {
    author: db::UserId,
    fan: db::UserId,
    clients: [Follower; 2],
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_has_neither_gap_nor_duplicate_whatever_vanishes_meanwhile() {
    let mut instances = Instances::start().await;
    let author = instances.people.world.user("author").await;
    let (fan, cursor) = instances.people.fan(&instances.a.address, author).await;
    let follow = |script| instances.follower(script, fan, &[format!("notificationAdded={cursor}")]);
    let clients = [follow("graphql-ws.client.mjs"), follow("graphql-sse.client.mjs")];
    let stream = Stream { author, fan, clients };

    stream.goes_on(&mut instances, async |_| ()).await;
    let kill = async |instances: &mut Instances| {
        instances.b.signal("KILL");
        instances.b.ended();
        instances.b.start_again();
    };
    stream.goes_on(&mut instances, kill).await;
    let restart = async |instances: &mut Instances| {
        instances.b.signal("TERM");
        assert!(instances.b.ended().success());
        instances.b.start_again();
    };
    stream.goes_on(&mut instances, restart).await;
    assert!(stream.clients[0].said().iter().any(|line| line["closed"] == 1001), "it was told why");
    stream.goes_on(&mut instances, async |instances| instances.replace_worker()).await;
    let pause = async |instances: &mut Instances| {
        let away = async || (instances.b.logged("Redis is away; going on without it") > 0).then_some(());
        instances.redis.pause();
        until("it is away", away).await;
        instances.redis.resume();
    };
    stream.goes_on(&mut instances, pause).await;
    let empty = async |instances: &mut Instances| {
        instances.redis.kill();
        instances.redis.start_again().await;
    };
    stream.goes_on(&mut instances, empty).await;
    stream.goes_on(&mut instances, async |_| ()).await;
}

impl Stream {
    /// Writes at A while something happens, then waits until the clients know of all that was written.
    async fn goes_on(&self, instances: &mut Instances, happening: impl AsyncFnOnce(&mut Instances)) {
        let written = Arc::<AtomicUsize>::default();
        let people = instances.people.clone();
        let writing = tokio::spawn(write(people.clone(), instances.a.address.clone(), self.author, written.clone()));
        until("some is written", async || (written.load(Ordering::Relaxed) >= BEFORE).then_some(())).await;
        happening(instances).await;
        let written = writing.await.expect("all is written");
        people.until_settled().await;
        // The first of all is what they go on from.
        let all = people.told(self.fan).await.split_off(1);
        assert!(written.iter().all(|review| all.contains(review)), "somebody was not told of all");
        for client in &self.clients {
            until("they know of all", async || (told(client).len() >= all.len()).then_some(())).await;
            assert_eq!(told(client), all);
        }
    }
}

async fn write(people: Arc<People>, a: String, author: db::UserId, count: Arc<AtomicUsize>) -> Vec<Value> {
    let mut written = Vec::new();
    for shop in people.shops(REVIEWS).await {
        written.push(people.review(&a, author, shop).await);
        count.fetch_add(1, Ordering::Relaxed);
    }
    written
}

fn told(client: &Follower) -> Vec<Value> {
    client.told("notificationAdded").iter().map(|line| line["node"]["subject"]["id"].clone()).collect()
}
