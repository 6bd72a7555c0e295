//! What Redis is for, and what becomes of it when Redis vanishes.

mod announcements;
mod broadcast;
mod circuit;
mod cluster;
mod configuration;
mod scripts;
mod sentinel;

use std::time::Duration;

use db::redis::Link;
use db::{Listener, Memory, ShopId, Topic, Wake};
use tests::until;
use tokio::time::timeout;
use uuid::Uuid;

fn link(memory: &Memory) -> &Link {
    memory.redis().expect("a link")
}

async fn until_up(memory: &Memory) {
    until("Redis is found again", async || link(memory).is_up().then_some(())).await;
}

async fn until_away(memory: &Memory) {
    until("Redis is given up", async || (!link(memory).is_up()).then_some(())).await;
}

fn a_topic() -> Topic {
    Topic::ReviewsOf(ShopId::new())
}

/// Waits for a certain wake, whatever comes before it.
async fn hears(listener: &mut Listener, wake: Wake) {
    until("it is heard", async || (next(listener).await == Some(wake)).then_some(())).await;
}

/// Wakes a listener at another instance until it hears.
async fn reaches(from: &Memory, topic: Topic, listener: &mut Listener) {
    let new = Uuid::now_v7();
    until("it is reached", async || {
        from.broadcast.wake(topic, new).await;
        (next(listener).await == Some(Wake::New(new))).then_some(())
    })
    .await;
}

/// Does not wait for ever.
async fn next(listener: &mut Listener) -> Option<Wake> {
    timeout(Duration::from_millis(100), listener.next()).await.ok()
}
