//! Rules and dashboards speak of nothing but what the program says of itself (`observability/telemetry.yaml`), and of
//! what those who watch it say.

use std::collections::{BTreeMap, BTreeSet};

use crate::dashboards::{self, Language};
use crate::files::{below, each, read, root, text, yaml};
use crate::promql::named;
use crate::rules::{self, of_loki, of_prometheus};

/// Metrics of exporters and of the stack, as its releases have them.
const OF_OTHERS: &[&str] = &[
    "alertmanager_config_last_reload_successful",
    "alertmanager_notifications_failed_total",
    "alertmanager_notifications_total",
    "loki_discarded_samples_total",
    "loki_distributor_lines_received_total",
    "loki_prometheus_rule_evaluation_failures_total",
    "otelcol_exporter_send_failed_spans_total",
    "otelcol_exporter_sent_spans_total",
    "otelcol_processor_tail_sampling_count_traces_sampled_total",
    "otelcol_processor_tail_sampling_sampling_trace_dropped_too_early_total",
    "otelcol_receiver_accepted_spans_total",
    "otelcol_receiver_refused_spans_total",
    "pg_database_size_bytes",
    "pg_locks_count",
    "pg_settings_max_connections",
    "pg_stat_activity_count",
    "pg_stat_activity_max_tx_duration",
    "pg_stat_database_blks_hit",
    "pg_stat_database_blks_read",
    "pg_stat_database_deadlocks",
    "pg_stat_database_xact_commit",
    "pg_stat_database_xact_rollback",
    "pg_stat_user_tables_n_dead_tup",
    "pg_up",
    "prometheus_config_last_reload_successful",
    "prometheus_notifications_dropped_total",
    "prometheus_rule_evaluation_failures_total",
    "prometheus_tsdb_exemplar_exemplars_appended_total",
    "prometheus_tsdb_head_series",
    "redis_commands_duration_seconds_total",
    "redis_connected_clients",
    "redis_db_keys",
    "redis_evicted_keys_total",
    "redis_expired_keys_total",
    "redis_keyspace_hits_total",
    "redis_keyspace_misses_total",
    "redis_memory_max_bytes",
    "redis_memory_used_bytes",
    "redis_pubsub_channels",
    "redis_up",
    "scrape_duration_seconds",
    "scrape_samples_post_metric_relabeling",
    "up",
];

/// Labels that are not of the program: of targets, of histograms, of the rules themselves, and of what others say.
const LABELS: &[&str] = &[
    "cmd",
    "datname",
    "instance",
    "integration",
    "job",
    "le",
    "mode",
    "policy",
    "reason",
    "relname",
    "rule_group",
    "sampled",
    "slo",
    "state",
];

struct Contract {
    /// The labels of each metric, as it is scraped: a histogram is three of them.
    metrics: BTreeMap<String, BTreeSet<String>>,
    /// The metric of the contract that a scraped one belongs to.
    base: BTreeMap<String, String>,
    of_lines: BTreeSet<String>,
}

impl Contract {
    fn read() -> Self {
        let content = yaml(&root().join("observability/telemetry.yaml"));
        let (mut metrics, mut base) = (BTreeMap::new(), BTreeMap::new());
        for (name, metric) in content["metrics"].as_object().expect("metrics") {
            let endings: &[_] = if metric["type"] == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            for ending in endings {
                let labels = each(&metric["labels"]).map(|label| text(label).to_owned());
                metrics.insert(format!("{name}{ending}"), labels.collect());
                base.insert(format!("{name}{ending}"), name.clone());
            }
        }
        let fields = content["logs"]["fields"].as_object().expect("fields").keys().map(String::as_str);
        let lines = each(&content["logs"]["labels"]).map(text).chain(fields);
        Self { metrics, base, of_lines: lines.map(|field| field.replace('.', "_")).collect() }
    }

    /// What is wrong with an expression of `PromQL`.
    fn check(&self, expr: &str, recorded: &BTreeSet<String>) -> Vec<String> {
        let named = named(expr);
        let mut wrong = Vec::new();
        let mut known: BTreeSet<&str> = LABELS.iter().copied().collect();
        for metric in &named.metrics {
            match self.metrics.get(metric) {
                Some(labels) => known.extend(labels.iter().map(String::as_str)),
                None if OF_OTHERS.contains(&metric.as_str()) || recorded.contains(metric) => {}
                None => wrong.push(format!("there is no metric {metric}")),
            }
        }
        for (metric, label) in &named.matched {
            let of_metric = self.metrics.get(metric).is_none_or(|labels| labels.contains(label));
            if !of_metric && !LABELS.contains(&label.as_str()) {
                wrong.push(format!("{metric} has no label {label}"));
            }
        }
        let unknown = named.grouped.iter().filter(|label| !known.contains(label.as_str()));
        wrong.extend(unknown.map(|label| format!("nothing in it has a label {label}")));
        wrong
    }

    /// What is wrong with an expression of `LogQL`.
    fn check_lines(&self, expr: &str) -> Vec<String> {
        let named = named(expr);
        let names = named.metrics.iter().chain(&named.grouped);
        let unknown =
            names.filter(|name| !self.of_lines.contains(*name) && !["json", "unwrap"].contains(&name.as_str()));
        unknown.map(|name| format!("no log line has a field {name}")).collect()
    }
}

fn recorded() -> BTreeSet<String> {
    of_prometheus().iter().filter_map(|rule| rule.body["record"].as_str().map(str::to_owned)).collect()
}

#[test]
fn rules_use_metrics_and_labels_that_there_are() {
    let contract = Contract::read();
    let recorded = recorded();
    let mut wrong = Vec::new();
    for rule in of_prometheus() {
        let faults = contract.check(rule.expr(), &recorded);
        wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault} in {}", rule.file, rule.expr())));
    }
    for rule in of_loki() {
        let faults = contract.check_lines(rule.expr());
        wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault} in {}", rule.file, rule.expr())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn dashboards_use_metrics_and_labels_that_there_are() {
    let contract = Contract::read();
    let recorded = recorded();
    let mut wrong = Vec::new();
    for query in dashboards::queries() {
        let faults = match query.language {
            Language::Metrics => contract.check(&query.expr, &recorded),
            Language::Lines => contract.check_lines(&query.expr),
        };
        wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault} in {}", query.place, query.expr)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn runbooks_ask_for_metrics_and_labels_that_there_are() {
    let contract = Contract::read();
    let recorded = recorded();
    let (mut asked, mut wrong) = (Vec::new(), Vec::new());
    for file in below(&root().join("observability/runbooks"), ".md") {
        let book = read(&file);
        for expr in book.split("PromQL").skip(1).filter_map(|rest| rest.split('`').nth(1)) {
            let faults = contract.check(expr, &recorded);
            wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault} in {expr}", file.display())));
            asked.push(expr.to_owned());
        }
        let lines = book.split('`').skip(1).step_by(2).filter(|code| code.contains("{service_name="));
        for expr in lines.filter(|code| !code.starts_with("logcli")) {
            let faults = contract.check_lines(expr);
            wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault} in {expr}", file.display())));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    rules::parse(&asked);
}

#[test]
fn every_metric_of_the_program_is_on_a_dashboard() {
    let contract = Contract::read();
    let mut shown = BTreeSet::new();
    for query in dashboards::queries() {
        shown.extend(named(&query.expr).metrics.iter().filter_map(|metric| contract.base.get(metric)).cloned());
    }
    let all: BTreeSet<_> = contract.base.into_values().collect();
    let missing: Vec<_> = all.difference(&shown).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_metric_or_label_that_there_is_not_is_noticed() {
    let contract = Contract::read();
    let wrong = |expr| contract.check(expr, &BTreeSet::new()).len();
    assert_eq!(wrong("sum by (cache) (rate(cache_requests_total{result=\"loaded\"}[5m]))"), 0);
    assert_eq!(wrong("cache_requests"), 1);
    assert_eq!(wrong("cache_requests_total{outcome=\"loaded\"}"), 1);
    assert_eq!(wrong("sum by (outcome) (cache_requests_total)"), 1);
    assert_eq!(contract.check_lines("{service_name=\"linli\"} | json | trace=\"1\"").len(), 1);
}
