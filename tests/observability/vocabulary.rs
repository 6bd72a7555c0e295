//! The words of the program are those of the contract.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tests::collector::{Collector, Manner};

use crate::files::{below, each, read, root, text, yaml};
use crate::watched::Watched;

#[test]
fn spans_may_tell_what_the_contract_says_and_nothing_else() {
    let contract = yaml(&root().join("observability/telemetry.yaml"));
    let spans = contract["spans"].as_object().expect("spans");
    let of_each = spans.values().flat_map(|span| each(&span["attributes"]));
    let known: BTreeSet<&str> = of_each.chain(each(&contract["of_all_spans"])).map(text).collect();
    let said: BTreeSet<&str> = observability::ATTRIBUTES.iter().copied().collect();
    assert_eq!(said.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new(), "not in the contract");
    assert_eq!(known.difference(&said).collect::<Vec<_>>(), Vec::<&&str>::new(), "not in the program");
}

#[test]
fn lines_tell_what_the_contract_says_and_nothing_else() {
    let contract = yaml(&root().join("observability/telemetry.yaml"));
    let known: BTreeSet<&str> =
        contract["logs"]["fields"].as_object().expect("fields").keys().map(String::as_str).collect();
    let said: BTreeSet<&str> = observability::fields().collect();
    assert_eq!(said.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new(), "not in the contract");
    assert_eq!(known.difference(&said).collect::<Vec<_>>(), Vec::<&&str>::new(), "not in the program");
}

#[test]
fn nothing_is_said_that_lines_do_not_tell() {
    let known: BTreeSet<&str> = observability::fields().collect();
    let mut said = BTreeSet::new();
    for folder in ["api/src", "db/src", "observability/src"] {
        for file in below(&root().join(folder), ".rs").iter().filter(|file| !file.ends_with("tests.rs")) {
            for level in ["error", "warn", "info", "debug", "trace"] {
                let source = read(file);
                said.extend(source.split(&format!("tracing::{level}!(")).skip(1).flat_map(said_in));
            }
        }
    }
    assert!(said.contains("error.code") && said.contains("duration_ms"), "{said:?}");
    let lost: Vec<_> = said.iter().filter(|name| !known.contains(name.as_str())).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

/// The names of fields, which stand before the message.
fn said_in(arguments: &str) -> Vec<String> {
    let (mut names, mut depth, mut name, mut is_name) = (Vec::new(), 0, String::new(), true);
    for char in arguments.chars() {
        match char {
            '"' if is_name => break,
            ')' if depth == 0 => break,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '=' if depth == 0 => is_name = false,
            ',' if depth == 0 => {
                names.push(std::mem::take(&mut name));
                is_name = true;
            }
            '%' | '?' => {}
            _ if is_name && !char.is_whitespace() => name.push(char),
            _ => {}
        }
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn series_have_the_labels_of_the_contract() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    watched.ask("{ searchShops(query: \"noodles\", first: 1) { edges { cursor } } }", json!({})).await;
    let contract = yaml(&root().join("observability/telemetry.yaml"));
    let mut expected = BTreeMap::new();
    for (name, metric) in contract["metrics"].as_object().expect("metrics") {
        let labels: BTreeSet<String> = each(&metric["labels"]).map(|label| text(label).to_owned()).collect();
        for ending in ["", "_bucket", "_sum", "_count"] {
            expected.insert(format!("{name}{ending}"), labels.clone());
        }
    }
    let metrics = watched.metrics().await;
    let series: Vec<_> = metrics.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(series.len() > 100, "{metrics}");
    for line in series {
        let (name, mut labels) = labelled(line);
        labels.remove("le");
        assert_eq!(Some(&labels), expected.get(name), "{line}");
    }
}

/// The name of a series and its labels, without an exemplar.
fn labelled(line: &str) -> (&str, BTreeSet<String>) {
    let series = line.split(" # ").next().unwrap_or_default();
    let Some((name, rest)) = series.split_once('{') else {
        return (series.split(' ').next().unwrap_or_default(), BTreeSet::new());
    };
    // Names stand before each `="`; no value of ours has one.
    let names = rest.split("=\"").map(|part| part.rsplit(['{', ',', '"']).next().unwrap_or_default());
    let labels: Vec<String> = names.map(str::to_owned).collect();
    (name, labels[..labels.len() - 1].iter().cloned().collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_beforehand_is_shown_from_the_start() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    let metrics = watched.metrics().await;
    for series in [
        "auth_attempts_total{method=\"password\",outcome=\"refused\"} 0",
        "mail_sent_total{outcome=\"failed\"} 0",
        "db_client_connection_timeouts_total{db_client_connection_pool_name=\"postgresql\"} 0",
        "graphql_operation_errors_total{graphql_error_code=\"INTERNAL\"} 0",
        "graphql_connection_closed_total{transport=\"websocket\",code=\"1013\"} 0",
        "graphql_subscription_active{graphql_field_name=\"notificationAdded\"} 0.0",
        "graphql_subscription_events_total{graphql_field_name=\"commentAdded\"} 0",
        "graphql_subscription_lag_seconds_count{graphql_field_name=\"reviewAdded\"} 0",
        "password_hash_duration_seconds_count{} 0",
        "password_hash_pending_requests{} 0.0",
        "otel_sdk_exporter_span_exported_total{error_type=\"failed\"} 0",
        "otel_sdk_processor_span_dropped_total{reason=\"queue_full\"} 0",
        "log_pipeline_lines_total{sink=\"stdout\",outcome=\"dropped\"} 0",
    ] {
        assert!(metrics.contains(&format!("\n{series}\n")), "{series} is not in {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_tells_where_it_goes() {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::by(&collector.url).await;
    let answer = watched.ask("{ searchShops(query: \"noodles\", first: 1) { edges { cursor } } }", json!({})).await;
    answer.data();
    let trace = collector.trace(&answer.trace_id).await;
    let statement = trace.span("SELECT shops");
    assert_eq!(statement.attribute("db.system.name"), "postgresql");
    for place in ["db.namespace", "server.address"] {
        assert!(statement.attribute(place).is_string(), "{statement:?}");
    }
}
