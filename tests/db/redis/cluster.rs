use db::redis::{Script, Value, cmd};
use tests::{Redis, a_prefix, free_port, memory, remembering, until};

use super::{a_topic, link, reaches};

/// A third of the slots each.
const SLOTS: [(&str, &str); 3] = [("0", "5460"), ("5461", "10922"), ("10923", "16383")];

fn url(nodes: &[Redis]) -> String {
    format!("redis+cluster://127.0.0.1:1,127.0.0.1:{},127.0.0.1:{}", nodes[0].port, nodes[1].port)
}

async fn cluster() -> Vec<Redis> {
    let mut nodes = Vec::new();
    for (first, last) in SLOTS {
        let bus = free_port().to_string();
        let options = ["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no", "--cluster-port", &bus];
        let node = Redis::start_with(&options).await;
        assert_eq!(node.ask(&["cluster", "addslotsrange", first, last]), "OK");
        if let Some(first) = nodes.first() {
            let first: &Redis = first;
            let bus = first.ask(&["config", "get", "cluster-port"]);
            let bus = bus.lines().last().expect("a port").to_owned();
            assert_eq!(node.ask(&["cluster", "meet", "127.0.0.1", &first.port.to_string(), &bus]), "OK");
        }
        nodes.push(node);
    }
    for node in &nodes {
        until("the nodes know each other", async || {
            let info = node.ask(&["cluster", "info"]);
            (info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")).then_some(())
        })
        .await;
    }
    nodes
}

/// One that waits for a machine that is busy with other tests.
async fn patient(url: &str, prefix: &str) -> db::Memory {
    let config = db::Config { redis_timeout_ms: 10_000, ..remembering(url, prefix) };
    db::Memory::connect(&config).await.expect("a memory")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_as_good_as_a_server() {
    let nodes = cluster().await;
    let (url, prefix) = (url(&nodes), a_prefix());
    let one = patient(&url, &prefix).await;
    let link = link(&one);
    assert!(link.is_up(), "one node of three is enough");

    let squares = |command: &str| -> Vec<_> {
        (0..30).map(|number| cmd(command).arg(link.prefixed(&format!("square:{number}"))).clone()).collect()
    };
    let set: Vec<_> =
        squares("SET").into_iter().zip(0..).map(|(mut set, number)| set.arg(number * number).clone()).collect();
    link.run_all(&set).await.expect("set");
    for node in &nodes {
        assert!(node.ask(&["dbsize"]).parse::<u32>().is_ok_and(|keys| keys > 2), "keys are spread");
    }
    let found = link.run_all(&squares("GET")).await.expect("an answer");
    let expected = (0..30).map(|number: u32| Value::BulkString((number * number).to_string().into_bytes()));
    assert_eq!(found, expected.collect::<Vec<_>>(), "in the order of the commands");
    link.run_all(&squares("DEL")[..29]).await.expect("deleted");
    let left = link.run_all(&squares("GET")).await.expect("an answer");
    assert_eq!(left.iter().filter(|value| **value != Value::Nil).count(), 1);

    let counting = Script::new("return redis.call('incrby', KEYS[1], ARGV[1])");
    for number in 0..10 {
        let key = [link.prefixed(&format!("counter:{number}"))];
        assert_eq!(link.run_script::<u32>(&counting, &key, number).await.expect("run"), number);
    }
    link.run::<()>(&cmd("PING")).await.expect("an answer");

    let other = patient(&url, &prefix).await;
    let topics: Vec<_> = (0..6).map(|_| a_topic()).collect();
    for topic in topics {
        let mut listener = other.broadcast.listen(topic).await;
        reaches(&one, topic, &mut listener).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_goes_on_without_one_of_its_nodes() {
    let mut nodes = cluster().await;
    let (url, prefix) = (url(&nodes), a_prefix());
    let one = memory(&url, &prefix).await;
    let topic = a_topic();
    nodes[2].kill();

    let other = memory(&url, &prefix).await;
    until("the others are found", async || link(&other).is_up().then_some(())).await;
    let mut listener = other.broadcast.listen(topic).await;
    reaches(&one, topic, &mut listener).await;
    let mut set = 0;
    for number in 0..30 {
        let square = link(&other).prefixed(&format!("square:{number}"));
        set += u32::from(link(&other).run::<()>(cmd("SET").arg(square).arg(number)).await.is_ok());
    }
    assert!(set > 0, "two thirds of the keys are elsewhere");
}
