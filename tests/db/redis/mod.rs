//! What Redis is for, and what becomes of it when Redis vanishes.

mod announcements;
mod broadcast;
mod circuit;
mod cluster;
mod configuration;
mod keys;
mod sentinel;

use db::redis::Link;
use db::{Listener, Memory, Topic, UserId, Wake};
use tests::until;
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
    Topic::NotificationsOf(UserId::new())
}

/// Waits for a certain wake, whatever comes before it.
async fn hears(listener: &mut Listener, wake: Wake) {
    until("it is heard", async || (listener.next().await == wake).then_some(())).await;
}

/// Wakes a listener at another instance until it hears.
async fn reaches(from: &Memory, topic: Topic, listener: &mut Listener) {
    let new = Uuid::now_v7();
    from.broadcast.wake(topic, new).await;
    hears(listener, Wake::New(new)).await;
}
