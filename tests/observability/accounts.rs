//! How people get in, and their mails, as metrics have it.

use std::fs::{self, File};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::TestApp;
use tests::collector::{Collector, Kept, Manner};

use crate::watched::Watched;

const SIGN_UP: &str = "mutation ($input: SignUpInput!) { signUp(input: $input) { refreshToken userErrors { code } } }";
const LOG_IN: &str = "mutation ($input: LogInInput!) { logIn(input: $input) { accessToken userErrors { code } } }";
const REFRESH: &str =
    "mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { accessToken userErrors { code } } }";
const BY_CODE: &str =
    "mutation ($input: LogInWithCodeInput!) { logInWithCode(input: $input) { accessToken userErrors { code } } }";
const REQUEST: &str =
    "mutation ($input: RequestLoginCodeInput!) { requestLoginCode(input: $input) { userErrors { code } } }";

async fn answer(watched: &Watched, mutation: &str, input: Value) -> Value {
    watched.ask(mutation, json!({ "input": input })).await.data()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_to_get_in_counts_once() {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::by(&collector.url).await;
    let before = watched.metrics().await;
    for method in ["password", "code", "sign_up", "refresh"] {
        for outcome in ["ok", "refused", "error"] {
            let line = format!("auth_attempts_total{{method=\"{method}\",outcome=\"{outcome}\"}} 0\n");
            assert!(before.contains(&line), "{line} is not there from the start");
        }
    }

    let somebody = json!({ "email": "ada@example.org", "password": "correct horse", "handle": "ada" });
    let token = answer(&watched, SIGN_UP, somebody.clone()).await["signUp"]["refreshToken"].clone();
    answer(&watched, SIGN_UP, somebody).await;
    answer(&watched, LOG_IN, json!({ "email": "ada", "password": "correct horse" })).await;
    answer(&watched, LOG_IN, json!({ "email": "ada", "password": "another horse" })).await;
    answer(&watched, LOG_IN, json!({ "email": "nobody", "password": "another horse" })).await;
    answer(&watched, REFRESH, json!({ "refreshToken": token })).await;
    answer(&watched, REFRESH, json!({ "refreshToken": "none" })).await;
    answer(&watched, BY_CODE, json!({ "email": "ada@example.org", "code": "123456" })).await;

    let after = watched.metrics().await;
    for (method, ok, refused) in [("sign_up", 1, 1), ("password", 1, 2), ("refresh", 1, 1), ("code", 0, 1)] {
        for (outcome, count) in [("ok", ok), ("refused", refused), ("error", 0)] {
            let line = format!("auth_attempts_total{{method=\"{method}\",outcome=\"{outcome}\"}} {count}\n");
            assert!(after.contains(&line), "{line} is not in {after}");
        }
    }
    // Two to sign up, three to log in, one by code.
    assert!(after.contains("\npassword_hash_duration_seconds_count{} 6\n"), "{after}");
    assert!(after.contains("\npassword_hash_pending_requests{} 0.0\n"), "{after}");
    let hash = |kept: &Kept| kept.spans.iter().find(|span| span.name == "hash password").cloned();
    let hash = collector.until("a hash is exported", hash).await;
    let trace = collector.trace(&hash.trace_id).await;
    assert_eq!(trace.parent(&hash).map(|span| span.name.as_str()), Some("Mutation.signUp"), "{trace}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_the_log_reads_no_mails() {
    let collector = Collector::start(Manner::Keeps);
    let folder = TempDir::new().expect("a folder");
    let errors = File::create(folder.path().join("stderr")).expect("a file");
    let change = |command: &mut Command| {
        command.arg("--log-mail").env("LINLI_LOKI_URL", &collector.url);
    };
    let mut watched = Watched::over(TestApp::new().await, "http://127.0.0.1:9", change, errors.into()).await;
    let somebody = json!({ "email": "ada@example.org", "password": "correct horse", "handle": "ada" });
    answer(&watched, SIGN_UP, somebody).await;
    answer(&watched, REQUEST, json!({ "email": "ada@example.org" })).await;
    watched.shows("mail_sent_total{outcome=\"sent\"} 1\n").await;
    watched.server.signal("TERM");
    watched.server.ended();
    let printed = fs::read_to_string(folder.path().join("stderr")).expect("a file");
    assert!(printed.contains("ada@example.org"), "{printed}");
    let brought = collector.look(|kept| format!("{:?}", kept.lines));
    for (place, lines) in [("standard output", watched.server.said()), ("Loki", brought)] {
        assert!(lines.contains("answered") && !lines.contains("ada@example.org"), "{place}: {lines}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_count_by_what_became_of_them() {
    let watched = Watched::otherwise("http://127.0.0.1:9", |command| {
        command.arg("--log-mail");
    })
    .await;
    let before = watched.metrics().await;
    for outcome in ["sent", "failed", "dropped"] {
        assert!(before.contains(&format!("mail_sent_total{{outcome=\"{outcome}\"}} 0\n")), "{before}");
    }
    let somebody = json!({ "email": "ada@example.org", "password": "correct horse", "handle": "ada" });
    answer(&watched, SIGN_UP, somebody).await;
    answer(&watched, REQUEST, json!({ "email": "ada@example.org" })).await;
    watched.shows("mail_sent_total{outcome=\"sent\"} 1\n").await;
}
