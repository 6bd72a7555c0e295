use db::{Cause, Memory, Wake, caused_by};
use tests::{Redis, TestApp, a_prefix, memory, until};
use uuid::Uuid;

use super::{a_topic, hears, link, reaches, until_away, until_up};

/// Two instances of one installation.
async fn two(redis: &Redis) -> (Memory, Memory) {
    let prefix = a_prefix();
    (memory(&redis.url(), &prefix).await, memory(&redis.url(), &prefix).await)
}

/// Channels of a prefix that Redis knows listeners of.
fn channels(redis: &Redis, topic: &str) -> usize {
    redis.ask(&["pubsub", "channels", &format!("*{topic}*")]).lines().filter(|line| !line.is_empty()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_is_heard_by_all_instances_once() {
    let redis = Redis::start().await;
    let (one, other) = two(&redis).await;
    let topic = a_topic();
    let (mut here, mut there) = (one.broadcast.listen(topic).await, other.broadcast.listen(topic).await);
    let ids: Vec<_> = (0..10).map(|_| Uuid::now_v7()).collect();
    for &id in &ids {
        one.broadcast.wake(topic, id).await;
    }
    for &id in &ids {
        assert_eq!(here.next().await, Wake::New(id));
        assert_eq!(there.next().await, Wake::New(id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_tells_all_instances_the_trace_that_it_comes_from() {
    let redis = Redis::start().await;
    let (one, other) = two(&redis).await;
    let topic = a_topic();
    let (mut here, mut there) = (one.broadcast.listen(topic).await, other.broadcast.listen(topic).await);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let cause = Cause { trace_context: trace.to_owned(), user: None, memory: one.clone() };
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    caused_by(cause, one.broadcast.wake(topic, first)).await;
    one.broadcast.wake(topic, second).await;
    for listener in [&mut here, &mut there] {
        assert_eq!((listener.next().await, listener.cause()), (Wake::New(first), Some(trace)));
        assert_eq!((listener.next().await, listener.cause()), (Wake::New(second), None), "nobody said");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_other_topics_nor_other_installations_are_heard() {
    let redis = Redis::start().await;
    let (one, other) = two(&redis).await;
    let stranger = redis.memory().await;
    let topic = a_topic();
    let mut listener = other.broadcast.listen(topic).await;
    one.broadcast.wake(a_topic(), Uuid::now_v7()).await;
    stranger.broadcast.wake(topic, Uuid::now_v7()).await;
    stranger.until_said().await;
    let new = Uuid::now_v7();
    one.broadcast.wake(topic, new).await;
    assert_eq!(listener.next().await, Wake::New(new));
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_subscribed_to_what_somebody_listens_to() {
    let redis = Redis::start().await;
    let (one, _other) = two(&redis).await;
    let topic = a_topic();
    assert_eq!(channels(&redis, "reviews-of"), 0);
    let first = one.broadcast.listen(topic).await;
    let second = one.broadcast.listen(topic).await;
    assert_eq!(channels(&redis, "reviews-of"), 1);
    drop(first);
    let mut third = one.broadcast.listen(a_topic()).await;
    assert_eq!(channels(&redis, "reviews-of"), 2);
    drop(second);
    until("the last of a topic goes", async || (channels(&redis, "reviews-of") == 1).then_some(())).await;
    let new = Uuid::now_v7();
    one.broadcast.wake(topic, new).await;
    let again = one.broadcast.listen(topic).await;
    assert_eq!(channels(&redis, "reviews-of"), 2);
    drop(again);
    assert!(tokio::time::timeout(std::time::Duration::ZERO, third.next()).await.is_err(), "nobody woke it");
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_of_a_redis_that_was_killed_are_told_that_they_missed_something_and_go_on() {
    let mut redis = Redis::start().await;
    let (one, other) = two(&redis).await;
    let topic = a_topic();
    let mut listener = other.broadcast.listen(topic).await;
    redis.kill();
    until_away(&one).await;

    let mut own = one.broadcast.listen(topic).await;
    let new = Uuid::now_v7();
    one.broadcast.wake(topic, new).await;
    assert_eq!(own.next().await, Wake::New(new), "an instance goes on by itself");

    redis.start_again().await;
    hears(&mut listener, Wake::Missed).await;
    hears(&mut own, Wake::Missed).await;
    reaches(&one, topic, &mut listener).await;
    reaches(&other, topic, &mut own).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_told_is_told_when_redis_is_back() {
    let redis = Redis::start().await;
    let (one, other) = two(&redis).await;
    let topic = a_topic();
    let mut listener = other.broadcast.listen(topic).await;
    redis.ask(&["acl", "setuser", "default", "-publish"]);
    let new = Uuid::now_v7();
    one.broadcast.wake(topic, new).await;
    until("it fails", async || (link(&one).counts().failed > 0).then_some(())).await;
    redis.ask(&["acl", "setuser", "default", "+publish"]);
    hears(&mut listener, Wake::New(new)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_redis_is_given_up_and_found_again() {
    let redis = Redis::start().await;
    let (one, other) = two(&redis).await;
    let topic = a_topic();
    let (mut here, mut there) = (one.broadcast.listen(topic).await, other.broadcast.listen(topic).await);
    redis.pause();
    let new = Uuid::now_v7();
    one.broadcast.wake(topic, new).await;
    assert_eq!(here.next().await, Wake::New(new), "an instance goes on by itself");
    until_away(&one).await;
    until_away(&other).await;
    let _late = one.broadcast.listen(a_topic()).await;
    redis.resume();
    let told = there.next().await;
    assert!([Wake::New(new), Wake::Missed].contains(&told), "{told:?}");
    until_up(&one).await;
    reaches(&one, topic, &mut there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_last_is_heard() {
    let redis = Redis::start().await;
    let (one, other) = two(&redis).await;
    let topic = a_topic();
    let mut listener = other.broadcast.listen(topic).await;
    let new = Uuid::now_v7();
    one.broadcast.wake(topic, new).await;
    one.until_said().await;
    drop(one);
    assert_eq!(listener.next().await, Wake::New(new));
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_one_installation_wake_each_other() {
    let redis = Redis::start().await;
    let app = TestApp::with_redis(&redis).await;
    let twin = app.twin().await;
    let topic = a_topic();
    let mut listener = twin.memory.broadcast.listen(topic).await;
    reaches(&app.memory, topic, &mut listener).await;
}
