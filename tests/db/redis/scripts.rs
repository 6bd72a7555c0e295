use std::sync::LazyLock;

use db::redis::{Script, cmd};
use tests::Redis;

use super::link;

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
