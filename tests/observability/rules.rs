//! What Prometheus' and Alertmanager's own tools say of their files.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::files::{below, each, read, stack, succeeds, text, yaml};

/// A rule of Prometheus or of Loki.
pub(crate) struct Rule {
    pub(crate) file: String,
    pub(crate) body: Value,
}

impl Rule {
    pub(crate) fn alert(&self) -> Option<&str> {
        self.body["alert"].as_str()
    }

    pub(crate) fn expr(&self) -> &str {
        text(&self.body["expr"])
    }
}

pub(crate) fn of_prometheus() -> Vec<Rule> {
    of("prometheus/rules")
}

pub(crate) fn of_loki() -> Vec<Rule> {
    of("loki/rules")
}

fn of(folder: &str) -> Vec<Rule> {
    let mut rules = Vec::new();
    for file in below(&stack(folder), ".yml") {
        let content = yaml(&file);
        for rule in each(&content["groups"]).flat_map(|group| each(&group["rules"])) {
            rules.push(Rule { file: file.display().to_string(), body: rule.clone() });
        }
    }
    assert!(!rules.is_empty(), "{folder} has rules");
    rules
}

#[test]
fn prometheus_accepts_its_rules() {
    succeeds(
        Command::new("promtool")
            .args(["check", "rules", "--lint=all", "--lint-fatal"])
            .args(below(&stack("prometheus/rules"), ".yml")),
    );
}

#[test]
fn prometheus_accepts_its_configuration() {
    // In the image the rules are elsewhere.
    let folder = TempDir::new().expect("a folder");
    let there = stack("prometheus/rules").display().to_string();
    let config = read(&stack("prometheus/prometheus.yml")).replace("/etc/prometheus/rules", &there);
    assert!(config.contains(&there));
    let file = folder.path().join("prometheus.yml");
    fs::write(&file, config).expect("a file");
    succeeds(Command::new("promtool").args(["check", "config", "--lint-fatal"]).arg(file));
}

#[test]
fn every_alert_fires_when_it_should_and_not_before() {
    for file in below(&stack("prometheus/tests"), "_test.yml") {
        succeeds(Command::new("promtool").args(["test", "rules"]).arg(file));
    }
}

#[test]
fn alertmanager_accepts_its_configuration() {
    succeeds(Command::new("amtool").arg("check-config").arg(stack("alertmanager/alertmanager.yml")));
}

#[test]
fn alerts_find_who_is_to_be_told() {
    for (labels, receiver) in [
        ("alertname=Watchdog severity=none", "deadman"),
        ("alertname=ApiDown severity=page", "page"),
        ("alertname=LatencyBurnsFast severity=page slo=graphql-latency", "page"),
        ("alertname=EventsLate severity=ticket", "ticket"),
        ("alertname=NobodyThoughtOfIt", "ticket"),
    ] {
        let config = stack("alertmanager/alertmanager.yml");
        succeeds(
            Command::new("amtool")
                .args(["config", "routes", "test", "--verify.receivers", receiver, "--config.file"])
                .arg(config)
                .args(labels.split(' ')),
        );
    }
}

/// Has promtool parse expressions, as rules of a file that nobody else sees.
pub(crate) fn parse(exprs: &[String]) {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("rules.yml");
    let rules: Vec<_> =
        exprs.iter().enumerate().map(|(at, expr)| json!({ "record": format!("e:{at}"), "expr": expr })).collect();
    // JSON is YAML, too.
    let groups = json!({ "groups": [{ "name": "expressions", "rules": rules }] });
    fs::write(&file, groups.to_string()).expect("a file");
    succeeds(Command::new("promtool").args(["check", "rules"]).arg(file));
}
