use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::program::{run, stderr, stdout};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/e2e");

/// A client in a process of its own that follows subscriptions; it ends with the test.
pub(super) struct Follower {
    process: Child,
    said: Arc<Mutex<Vec<Value>>>,
}

impl Follower {
    /// Follows with a script, as the bearer of a token, what `subscriptions.mjs` explains.
    pub(super) fn start(script: &str, address: &str, token: &str, subscriptions: &[String]) -> Self {
        let mut command = node(script, address, token);
        command.args(subscriptions).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("Node.js runs");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let said = Arc::<Mutex<Vec<Value>>>::default();
        let keeper = said.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                keeper.lock().expect("no panic").push(serde_json::from_str(&line).expect("JSON"));
            }
        });
        Self { process, said }
    }

    pub(super) fn said(&self) -> Vec<Value> {
        self.said.lock().expect("no panic").clone()
    }

    /// What the subscription of this name told.
    pub(super) fn told(&self, subscription: &str) -> Vec<Value> {
        self.said().into_iter().filter(|line| line["told"] == subscription).collect()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Runs a script that must succeed.
pub(super) fn passes(script: &str, address: &str, token: &str, argument: &str) {
    let mut command = node(script, address, token);
    command.arg(argument);
    let output: Output = run(command);
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
}

fn node(script: &str, address: &str, token: &str) -> Command {
    assert!(
        Path::new(SCRIPTS).join("node_modules/graphql-ws").exists(),
        "run the tests by `./dev test`, or `npm ci` in tests/e2e first"
    );
    let mut command = Command::new("node");
    command.arg(script).arg(address).env("TOKEN", token).current_dir(SCRIPTS);
    command
}
