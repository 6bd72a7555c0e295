//! How statements end that do not succeed, and what is told of it.

use serde_json::json;
use tests::collector::{Collector, Manner};
use tests::{connect, until};

use crate::watched::Watched;

const TRENDS: &str = "query Trends { trendingReviews(first: 1) { edges { cursor } } }";

const COUNT: &str = "db_client_operation_duration_seconds_count{db_system_name=\"postgresql\"";

/// What waits for the lock, or still runs though nobody waits for it.
const RUNNING: &str = "select pid from pg_stat_activity
    where datname = current_database() and state = 'active' and pid <> pg_backend_pid()";

/// Has somebody ask for them, and returns what answers them and the connection that is kept waiting.
async fn ask(watched: &Watched) -> (tokio::task::JoinHandle<reqwest::Result<String>>, i32) {
    // By HTTP/2, a server knows at once who hangs up.
    let http = reqwest::Client::builder().http2_prior_knowledge().build().expect("a client");
    let request = http.post(format!("{}/graphql", watched.server.address)).json(&json!({ "query": TRENDS }));
    let asking = tokio::spawn(async move { request.send().await?.text().await });
    (asking, watched.waits_for_reviews().await)
}

/// Returns once a statement on reviews has ended so, and no more than one.
async fn has_ended(watched: &Watched, error: &str) {
    let ending = format!(",error_type=\"{error}\"}} 1");
    until(&format!("a statement ends with {error}"), async || {
        let metrics = watched.metrics().await;
        let mut counts = metrics.lines().filter(|line| line.starts_with(COUNT) && line.ends_with(&ending));
        counts.any(|line| line.contains("reviews")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_nobody_waits_for_ends_at_once_and_its_connection_with_it() {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::otherwise(&collector.url, |command| {
        command.env("DATABASE_STATEMENT_TIMEOUT_MS", "600000");
    })
    .await;
    let observer = connect(&watched.app.database_url).await;
    let holder = watched.lock_reviews().await;
    let (asking, pid) = ask(&watched).await;
    asking.abort();
    until("nothing runs in vain", async || {
        observer.query(RUNNING, &[]).await.expect("an answer").is_empty().then_some(())
    })
    .await;
    has_ended(&watched, "cancelled").await;
    let cancelled = collector
        .until("the statement is exported", |kept| {
            kept.spans.iter().find(|span| span.attribute("error.type") == "cancelled" && span.kind == "client").cloned()
        })
        .await;
    assert!(cancelled.name.contains("reviews") && cancelled.has_failed, "{cancelled:?}");
    assert!(cancelled.attribute("db.query.text").is_string(), "{cancelled:?}");
    holder.batch_execute("rollback").await.expect("no lock");
    // Nobody else is given that connection.
    until("its connection is closed", async || {
        let open = "select 1 from pg_stat_activity where pid = $1";
        observer.query_opt(open, &[&pid]).await.expect("an answer").is_none().then_some(())
    })
    .await;
    watched.ask(TRENDS, json!({})).await.data();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_or_loses_its_connection_tells_its_sqlstate() {
    let watched = Watched::otherwise("http://127.0.0.1:9", |command| {
        command.env("DATABASE_STATEMENT_TIMEOUT_MS", "2000");
    })
    .await;
    let observer = connect(&watched.app.database_url).await;
    let _holder = watched.lock_reviews().await;
    let (asking, _) = ask(&watched).await;
    let answer = asking.await.expect("no panic").expect("an answer");
    assert!(answer.contains("TIMEOUT"), "{answer}");
    has_ended(&watched, "57014").await;
    let (asking, pid) = ask(&watched).await;
    observer.execute("select pg_terminate_backend($1)", &[&pid]).await.expect("an end");
    let answer = asking.await.expect("no panic").expect("an answer");
    assert!(answer.contains("UNAVAILABLE"), "{answer}");
    has_ended(&watched, "57P01").await;
}
