//! The benchmarks run to their end. What they measure is for `./dev bench` to say.

use std::process::Command;

use tempfile::TempDir;
use tests::program::{run, stderr};
use tests::test_database;

fn tables_of(arguments: &[&str]) -> String {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("report.md");
    let mut bench = Command::new(env!("CARGO_BIN_EXE_bench"));
    bench.args(arguments).arg("--markdown").arg(&file).env("TEST_DATABASE_URL", test_database());
    let output = run(bench);
    assert!(output.status.success(), "{}", stderr(&output));
    std::fs::read_to_string(file).expect("a report")
}

#[test]
fn a_few_sockets_are_measured() {
    let tables = tables_of(&["live", "--sockets", "6", "--idle", "0", "--rounds", "1", "--redis"]);
    for row in ["| two subscriptions each ", "| to subscribe ", "| 6 "] {
        assert!(tables.contains(row), "{tables}");
    }
}

#[test]
fn a_few_feeds_are_measured() {
    let sizes = ["--followers", "3,5", "--following", "2,4", "--reviews", "2", "--reads", "8", "--rounds", "1"];
    let tables = tables_of(&[&["feeds"], &sizes[..]].concat());
    for row in ["| 5 ", "| pushed to the timeline of each ", "| rows, without Redis "] {
        assert!(tables.contains(row), "{tables}");
    }
}

#[test]
fn what_it_costs_to_be_watched_is_measured() {
    let sizes = ["--connections", "2", "--seconds", "0.5", "--rounds", "2", "--shops", "3"];
    let tables = tables_of(&[&["telemetry", "--show-trace"], &sizes[..]].concat());
    for row in ["| off ", "| all traces ", "| a tenth, and who watches hangs ", "\n  query ", "SELECT reviews"] {
        assert!(tables.contains(row), "{tables}");
    }
}
