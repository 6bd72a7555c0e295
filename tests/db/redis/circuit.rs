use db::redis::{Error, cmd};
use tests::{Redis, free_port, memory};

use super::{link, until_away, until_up};

#[tokio::test(flavor = "multi_thread")]
async fn many_commands_wait_for_a_paused_redis_only_a_few_times() {
    let redis = Redis::start().await;
    let memory = redis.memory().await;
    let link = link(&memory);
    redis.pause();
    let before = link.counts();
    for _ in 0..200 {
        assert!(matches!(link.run::<()>(&cmd("PING")).await, Err(Error::TimedOut | Error::Away)));
    }
    let after = link.counts();
    assert!(after.timed_out - before.timed_out <= 6, "{after:?}");
    assert!(after.turned_away - before.turned_away >= 194, "{after:?}");
    assert_eq!(after.lost - before.lost, 1);

    redis.resume();
    until_up(&memory).await;
    link.run::<()>(&cmd("PING")).await.expect("an answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_redis_is_noticed_by_whoever_asks_first_and_found_again() {
    let mut redis = Redis::start().await;
    let memory = redis.memory().await;
    let link = link(&memory);
    redis.kill();
    assert!(link.run::<()>(&cmd("PING")).await.is_err());
    assert!(matches!(link.run::<()>(&cmd("PING")).await, Err(Error::Away)));
    assert_eq!((link.counts().lost, link.counts().timed_out), (1, 0));
    redis.start_again().await;
    until_up(&memory).await;
    link.run::<()>(&cmd("PING")).await.expect("an answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_vanishes_is_noticed_although_nobody_asks() {
    let mut redis = Redis::start().await;
    let memory = redis.memory().await;
    redis.kill();
    until_away(&memory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_not_there_at_the_start_is_found_later() {
    let port = free_port();
    let memory = memory(&format!("redis://127.0.0.1:{port}"), "test").await;
    assert!(!link(&memory).is_up());
    assert!(matches!(link(&memory).run::<()>(&cmd("PING")).await, Err(Error::Away)));
    let _redis = Redis::start_at(port, &[]).await;
    until_up(&memory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_command_does_not_cost_the_connection() {
    let redis = Redis::start().await;
    let memory = redis.memory().await;
    let link = link(&memory);
    for _ in 0..10 {
        assert!(matches!(link.run::<()>(&cmd("NONSENSE")).await, Err(Error::Failed(_))));
    }
    assert!(link.is_up());
    assert_eq!((link.counts().failed, link.counts().lost), (10, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_was_demoted_is_given_up() {
    let redis = Redis::start().await;
    let memory = redis.memory().await;
    let link = link(&memory);
    let write = cmd("SET").arg("key").arg("value").clone();
    for in_pipeline in [false, true] {
        redis.ask(&["replicaof", "127.0.0.1", "1"]);
        let written = if in_pipeline {
            link.run_all(&[write.clone(), write.clone()]).await.map(drop)
        } else {
            link.run(&write).await
        };
        assert!(written.is_err() && !link.is_up(), "{written:?}");
        redis.ask(&["replicaof", "no", "one"]);
        until_up(&memory).await;
    }
}
