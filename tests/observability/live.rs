//! What the program shows to whoever scrapes it.

use std::collections::BTreeSet;

use serde_json::json;

use crate::files::{root, yaml};
use crate::watched::Watched;

/// Shown once it has happened, or where there is a Redis.
const ON_OCCASION: &[&str] = &["messaging_process_duration_seconds", "redis_link_commands_total", "redis_link_up"];

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_those_of_the_contract() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    watched.ask("{ searchShops { totalCount } categories { children { name } } }", json!({})).await.data();
    watched.ask("{ nonsense }", json!({})).await;
    let metrics = watched.metrics().await;
    let said: BTreeSet<String> = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")).map(name_of).collect();
    let contract = yaml(&root().join("observability/telemetry.yaml"));
    let known: BTreeSet<String> = contract["metrics"].as_object().expect("metrics").keys().cloned().collect();
    assert_eq!(said.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "not in the contract");
    let missing: BTreeSet<&str> = known.difference(&said).map(String::as_str).collect();
    assert_eq!(missing, ON_OCCASION.iter().copied().collect(), "not in the program");
}

/// As it is scraped: a counter ends in `_total`.
fn name_of(line: &str) -> String {
    match line.split_once(' ') {
        Some((name, "counter")) => format!("{name}_total"),
        Some((name, _)) => name.to_owned(),
        None => line.to_owned(),
    }
}
