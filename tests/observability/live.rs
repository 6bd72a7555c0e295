//! What the program shows to whoever scrapes it.

use std::collections::BTreeSet;

use serde_json::json;

use crate::files::{root, yaml};
use crate::watched::Watched;

/// In the contract, but not in the program yet (`docs/observability.md`).
const TO_COME: &[&str] = &[
    "auth_attempts_total",
    "graphql_connection_active",
    "graphql_connection_closed_total",
    "graphql_subscription_active",
    "graphql_subscription_events_total",
    "mail_sent_total",
    "password_hash_duration_seconds",
    "password_hash_pending_requests",
];

/// Shown once it has happened, or where there is a Redis.
const ON_OCCASION: &[&str] = &[
    "db_client_connection_timeouts_total",
    "messaging_process_duration_seconds",
    "redis_link_commands_total",
    "redis_link_up",
];

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
    assert_eq!(missing, TO_COME.iter().chain(ON_OCCASION).copied().collect(), "not in the program");
}

/// As it is scraped: a counter ends in `_total`.
fn name_of(line: &str) -> String {
    match line.split_once(' ') {
        Some((name, "counter")) => format!("{name}_total"),
        Some((name, _)) => name.to_owned(),
        None => line.to_owned(),
    }
}
