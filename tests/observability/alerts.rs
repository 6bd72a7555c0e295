//! Every alert leads on: to whom it concerns, to a runbook, to a dashboard; and somebody has seen it fire.

use std::collections::BTreeSet;

use crate::dashboards;
use crate::files::{below, each, read, root, stack, text, yaml};
use crate::rules::{Rule, of_loki, of_prometheus};

fn alerts() -> Vec<Rule> {
    of_prometheus().into_iter().chain(of_loki()).filter(|rule| rule.alert().is_some()).collect()
}

fn names(rules: &[Rule]) -> BTreeSet<&str> {
    rules.iter().filter_map(Rule::alert).collect()
}

#[test]
fn every_alert_says_how_bad_it_is_what_it_saw_and_where_to_look() {
    let boards: BTreeSet<_> = dashboards::all().iter().map(|board| text(&board["uid"]).to_owned()).collect();
    for rule in alerts() {
        let name = rule.alert().unwrap_or_default();
        let note = |key: &str| text(&rule.body["annotations"][key]).to_owned();
        assert!(["page", "ticket", "none"].contains(&text(&rule.body["labels"]["severity"])), "{name}: severity");
        assert!(!note("summary").is_empty(), "{name}: summary");
        // Of what is gone there is nothing to tell.
        let has_value = !["ApiDown", "WorkerDown", "Watchdog"].contains(&name);
        let tells = ["$value", "$labels"].iter().any(|what| note("description").contains(what));
        assert_eq!(tells, has_value, "{name}: description");
        assert_eq!(note("runbook_url"), format!("observability/runbooks/{name}.md"));
        let board = note("dashboard_url");
        assert!(board.strip_prefix("/d/").is_some_and(|uid| boards.contains(uid)), "{name}: {board} is no dashboard");
    }
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let alerts = alerts();
    let folder = root().join("observability/runbooks");
    let files = below(&folder, ".md");
    let books: BTreeSet<_> = files.iter().filter_map(|file| file.file_stem()?.to_str()).collect();
    assert_eq!(names(&alerts), books);
    let boards: Vec<_> = dashboards::all().iter().map(|board| text(&board["title"]).to_owned()).collect();
    for file in &files {
        let book = read(file);
        let headings: Vec<_> = book.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, ["## Meaning", "## Impact", "## Diagnosis", "## Mitigation"], "{}", file.display());
        // Emphasis is for the names of dashboards alone.
        for board in book.split('`').step_by(2).flat_map(|prose| prose.split('*').skip(1).step_by(2)) {
            let title = format!("Linli: {board}").to_lowercase();
            assert!(boards.iter().any(|known| known.to_lowercase() == title), "{}: {board}", file.display());
        }
        for link in book.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(folder.join(link).exists(), "{}: {link} leads nowhere", file.display());
        }
    }
}

#[test]
fn every_alert_is_tested_to_fire_and_to_be_silent() {
    let (mut fire, mut silent) = (BTreeSet::new(), BTreeSet::new());
    for file in below(&stack("prometheus/tests"), "_test.yml") {
        let content = yaml(&file);
        for test in each(&content["tests"]) {
            for expected in each(&test["promql_expr_test"]) {
                let alert = text(&expected["expr"]).strip_prefix("ALERTS{alertname=\"");
                let Some(alert) = alert.and_then(|rest| rest.split('"').next()) else { continue };
                let fires = each(&expected["exp_samples"]).next().is_some();
                if fires { &mut fire } else { &mut silent }.insert(alert.to_owned());
            }
            for expected in each(&test["alert_rule_test"]) {
                fire.insert(text(&expected["alertname"]).to_owned());
            }
        }
    }
    let alerts = of_prometheus();
    for alert in names(&alerts) {
        assert!(fire.contains(alert), "{alert} is never seen to fire");
        assert!(alert == "Watchdog" || silent.contains(alert), "{alert} is never seen to be silent");
    }
}
