//! Grafana's dashboards, and what provisions them.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::files::{below, each, read, root, stack, succeeds, text, yaml};
use crate::rules;

#[derive(PartialEq)]
pub(crate) enum Language {
    Metrics,
    Lines,
}

pub(crate) struct Query {
    /// The dashboard and the panel.
    pub(crate) place: String,
    /// With something in place of what Grafana would put there.
    pub(crate) expr: String,
    pub(crate) language: Language,
}

pub(crate) fn all() -> Vec<Value> {
    let files = below(&stack("grafana/dashboards"), ".json");
    assert!(!files.is_empty(), "there are dashboards");
    files.iter().map(|file| serde_json::from_str(&read(file)).expect("JSON")).collect()
}

fn panels(board: &Value) -> impl Iterator<Item = &Value> {
    each(&board["panels"]).filter(|panel| panel["type"] != "row")
}

/// Of the panels of all dashboards, and of their annotations.
pub(crate) fn queries() -> Vec<Query> {
    let mut queries = Vec::new();
    for board in &all() {
        let mut add = |place: &Value, source: &Value, expr: &Value| {
            let place = format!("{}: {}", text(&board["title"]), text(place));
            let lines = source["type"] == "loki";
            let language = if lines { Language::Lines } else { Language::Metrics };
            queries.push(Query { place, expr: filled_in(text(expr)), language });
        };
        for panel in panels(board) {
            each(&panel["targets"]).for_each(|target| add(&panel["title"], &target["datasource"], &target["expr"]));
        }
        for annotation in each(&board["annotations"]["list"]) {
            add(&annotation["name"], &annotation["datasource"], &annotation["expr"]);
        }
    }
    queries
}

fn filled_in(expr: &str) -> String {
    expr.replace("$__rate_interval", "5m").replace("$__auto", "5m")
}

#[test]
fn the_dashboards_are_what_their_script_writes() {
    let folder = TempDir::new().expect("a folder");
    succeeds(Command::new("node").arg(stack("grafana/dashboards.mjs")).arg(folder.path()));
    let name = |path: &std::path::PathBuf| path.file_name().map(ToOwned::to_owned);
    let (written, kept) = (below(folder.path(), ".json"), below(&stack("grafana/dashboards"), ".json"));
    assert_eq!(written.iter().map(name).collect::<Vec<_>>(), kept.iter().map(name).collect::<Vec<_>>());
    for (written, kept) in written.iter().zip(&kept) {
        assert!(read(written) == read(kept), "{} is not current: run `./dev dashboards`", kept.display());
    }
}

#[test]
fn every_query_of_metrics_parses() {
    let queries = queries().into_iter().filter(|query| query.language == Language::Metrics);
    rules::parse(&queries.map(|query| query.expr).collect::<Vec<_>>());
}

#[test]
fn every_panel_says_what_it_shows_and_in_which_unit() {
    for board in all() {
        assert!(!text(&board["description"]).is_empty(), "{}", board["title"]);
        for panel in panels(&board) {
            let place = format!("{}: {}", board["title"], panel["title"]);
            assert!(!text(&panel["description"]).is_empty(), "{place} has no description");
            assert!(!text(&panel["fieldConfig"]["defaults"]["unit"]).is_empty(), "{place} has no unit");
        }
    }
}

#[test]
fn dashboards_are_told_apart_and_so_are_their_panels() {
    let boards = all();
    let uids: BTreeSet<_> = boards.iter().map(|board| text(&board["uid"])).collect();
    let titles: BTreeSet<_> = boards.iter().map(|board| text(&board["title"])).collect();
    assert_eq!((uids.len(), titles.len()), (boards.len(), boards.len()));
    for board in &boards {
        assert!(text(&board["uid"]).starts_with("linli-"));
        let ids: BTreeSet<_> = each(&board["panels"]).map(|panel| panel["id"].as_u64()).collect();
        assert_eq!(ids.len(), each(&board["panels"]).count(), "{}", board["title"]);
    }
}

#[test]
fn what_takes_long_leads_to_its_traces() {
    let contract = yaml(&root().join("observability/telemetry.yaml"));
    let metrics = contract["metrics"].as_object().expect("metrics");
    let with_exemplars: Vec<_> = metrics
        .iter()
        .filter(|(_, metric)| metric["exemplars"] == true)
        .map(|(name, _)| format!("{name}_bucket"))
        .collect();
    let mut seen = 0;
    for board in all() {
        for panel in panels(&board).filter(|panel| panel["type"] == "timeseries" || panel["type"] == "heatmap") {
            for target in each(&panel["targets"]) {
                if with_exemplars.iter().any(|metric| text(&target["expr"]).contains(metric)) {
                    assert_eq!(target["exemplar"], true, "{}: {}", board["title"], panel["title"]);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 0);
}

#[test]
fn every_source_of_data_is_one_that_is_provisioned() {
    let file = stack("grafana/provisioning/datasources/linli.yml");
    let provisioned = yaml(&file);
    let uids: BTreeSet<_> = each(&provisioned["datasources"]).map(|source| text(&source["uid"])).collect();
    for board in all() {
        let variables = each(&board["templating"]["list"]).filter(|variable| variable["type"] == "datasource");
        for variable in variables {
            assert!(uids.contains(text(&variable["current"]["value"])), "{}: {variable}", board["title"]);
        }
        let names = each(&board["templating"]["list"]).map(|variable| format!("${{{}}}", text(&variable["name"])));
        let variables: BTreeSet<_> = names.collect();
        for panel in panels(&board) {
            let sources = each(&panel["targets"]).map(|target| &target["datasource"]).chain([&panel["datasource"]]);
            for uid in sources.map(|source| text(&source["uid"])) {
                assert!(variables.contains(uid) || uids.contains(uid), "{}: {}: {uid}", board["title"], panel["title"]);
            }
        }
    }
    let links = read(&file);
    let linked = links.split("datasourceUid: ").skip(1).filter_map(|rest| rest.split([',', '}', '\n']).next());
    let linked: BTreeSet<_> = linked.collect();
    assert!(linked.is_subset(&uids), "{linked:?}");
    // Else Grafana takes it for a variable of its environment, and puts nothing there.
    let single = links.replace("$$", "").lines().filter(|line| !line.starts_with('#')).any(|line| line.contains('$'));
    assert!(!single, "a `$` must be doubled");
}
