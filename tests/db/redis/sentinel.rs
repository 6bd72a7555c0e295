use db::redis::cmd;
use tests::{Redis, a_prefix, memory, until};

use super::{a_topic, link, reaches, until_away, until_up};

/// A sentinel that takes a master for dead after half a second.
async fn sentinel_of(master: &Redis) -> Redis {
    Redis::sentinel(&format!(
        "sentinel monitor linli 127.0.0.1 {} 1\n\
         sentinel down-after-milliseconds linli 500\n\
         sentinel failover-timeout linli 3000\n",
        master.port
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failover_the_new_master_is_found() {
    let mut master = Redis::start().await;
    let port = master.port.to_string();
    let replica = Redis::start_with(&["--replicaof", "127.0.0.1", &port]).await;
    until("the replica follows", async || replica.ask(&["role"]).contains("connected").then_some(())).await;
    let sentinel = sentinel_of(&master).await;
    until("the sentinel knows the replica", async || {
        sentinel.ask(&["sentinel", "replicas", "linli"]).contains(&replica.port.to_string()).then_some(())
    })
    .await;

    let url = format!("redis+sentinel://127.0.0.1:1,127.0.0.1:{}/linli", sentinel.port);
    let prefix = a_prefix();
    let (one, other) = (memory(&url, &prefix).await, memory(&url, &prefix).await);
    assert!(link(&one).is_up(), "one sentinel of two is enough");
    let topic = a_topic();
    let mut listener = other.broadcast.listen(topic).await;
    reaches(&one, topic, &mut listener).await;

    master.kill();
    until_away(&one).await;
    until_up(&one).await;
    assert!(replica.ask(&["role"]).starts_with("master"));
    link(&one).run::<()>(cmd("SET").arg(link(&one).prefixed("key")).arg("value")).await.expect("set");
    reaches(&one, topic, &mut listener).await;
}
