use std::sync::LazyLock;
use std::time::Duration;

use db::redis::{Key, Script, cmd};
use serde_json::{Value, json};
use tests::Redis;

use super::link;

struct Number(u32);
struct Text(u32);

impl Key for Number {
    type Value = u64;
    const LIFETIME: Duration = Duration::from_secs(1000);

    fn name(&self) -> String {
        format!("number:1:{}", self.0)
    }
}

/// Another release, which forgot to change the version.
impl Key for Text {
    type Value = Value;
    const LIFETIME: Duration = Duration::from_secs(1000);

    fn name(&self) -> String {
        format!("number:1:{}", self.0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_found_until_they_are_deleted() {
    let redis = Redis::start().await;
    let memory = redis.memory().await;
    let link = link(&memory);
    assert_eq!(link.get(&Number(1)).await.expect("an answer"), None);
    link.set(&Number(1), &11).await.expect("set");
    link.set_many([(&Number(2), &22), (&Number(4), &44)]).await.expect("set");
    let all = [Number(4), Number(3), Number(2), Number(1)];
    assert_eq!(link.get_many(&all).await.expect("an answer"), [Some(44), None, Some(22), Some(11)]);
    link.delete(&all[..2]).await.expect("deleted");
    assert_eq!(link.get_many(&all).await.expect("an answer"), [None, None, Some(22), Some(11)]);
    assert_eq!(link.get_many::<Number>(&[]).await.expect("an answer"), []);
    link.delete::<Number>(&[]).await.expect("nothing to delete");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_cannot_be_read_is_absent() {
    let redis = Redis::start().await;
    let memory = redis.memory().await;
    let link = link(&memory);
    link.set(&Text(1), &json!("a text")).await.expect("set");
    assert_eq!(link.get(&Number(1)).await.expect("an answer"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_were_written_together_do_not_end_together() {
    let redis = Redis::start().await;
    let memory = redis.memory().await;
    let link = link(&memory);
    let mut lifetimes = Vec::new();
    for number in 0..20 {
        link.set(&Number(number), &1).await.expect("set");
        let left: u64 = link.run(cmd("PTTL").arg(link.prefixed(&Number(number).name()))).await.expect("a lifetime");
        assert!((890_000..=1_100_000).contains(&left), "{left}");
        lifetimes.push(left);
    }
    let (shortest, longest) = (lifetimes.iter().min(), lifetimes.iter().max());
    assert!(longest.zip(shortest).is_some_and(|(longest, shortest)| longest - shortest > 10_000), "{lifetimes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_is_run_even_after_redis_has_forgotten_it() {
    static PUSH: LazyLock<Script> = LazyLock::new(|| {
        Script::new(
            "if redis.call('exists', KEYS[1]) == 0 then return 0 end
             redis.call('zadd', KEYS[1], ARGV[1], ARGV[2])
             redis.call('zremrangebyrank', KEYS[1], 0, -1 - tonumber(ARGV[3]))
             return redis.call('zcard', KEYS[1])",
        )
    });
    let redis = Redis::start().await;
    let memory = redis.memory().await;
    let link = link(&memory);
    let timeline = [link.prefixed("timeline:1")];
    let push = async |score: u32| link.run_script::<u32>(&PUSH, &timeline, (score, score, 2)).await.expect("run");
    assert_eq!(push(1).await, 0);
    link.run::<()>(cmd("ZADD").arg(&timeline[0]).arg(0).arg(0)).await.expect("added");
    redis.ask(&["script", "flush"]);
    assert_eq!([push(1).await, push(2).await, push(3).await], [2, 2, 2]);
    let left: Vec<u32> = link.run(cmd("ZRANGE").arg(&timeline[0]).arg(0).arg(-1)).await.expect("a range");
    assert_eq!(left, [2, 3]);
}
