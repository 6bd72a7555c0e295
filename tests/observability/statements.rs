//! How statements end that do not succeed, and what is told of it.

use serde_json::json;
use tests::collector::{Collector, Manner};
use tests::{connect, until};
use tokio_postgres::Client;

use crate::watched::Watched;

const SEARCH: &str = "query Search { searchShops(first: 1) { edges { cursor } } }";

/// What waits for the lock, or still runs though nobody waits for it.
const RUNNING: &str = "select pid from pg_stat_activity
    where datname = current_database() and state = 'active' and pid <> pg_backend_pid()";

/// Nobody else reads shops until this is dropped.
async fn lock(watched: &Watched) -> Client {
    let holder = connect(&watched.app.database_url).await;
    holder.batch_execute("begin; lock table shops in access exclusive mode").await.expect("a lock");
    holder
}

/// Has somebody search, and returns what answers them and the connection that is kept waiting.
async fn search(watched: &Watched, observer: &Client) -> (tokio::task::JoinHandle<reqwest::Result<String>>, i32) {
    // By HTTP/2, a server knows at once who hangs up.
    let http = reqwest::Client::builder().http2_prior_knowledge().build().expect("a client");
    let request = http.post(format!("{}/graphql", watched.server.address)).json(&json!({ "query": SEARCH }));
    let asking = tokio::spawn(async move { request.send().await?.text().await });
    let waits = "select pid from pg_locks where relation = 'shops'::regclass and not granted";
    let pid = until("the statement waits for the lock", async || {
        observer.query_opt(waits, &[]).await.expect("an answer").map(|row| row.get(0))
    })
    .await;
    (asking, pid)
}

fn ended(error: &str) -> String {
    format!(
        "db_client_operation_duration_seconds_count{{db_system_name=\"postgresql\",db_query_summary=\"SELECT shops\",error_type=\"{error}\"}} 1\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_nobody_waits_for_ends_at_once_and_its_connection_with_it() {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::otherwise(&collector.url, |command| {
        command.env("DATABASE_STATEMENT_TIMEOUT_MS", "600000");
    })
    .await;
    let observer = connect(&watched.app.database_url).await;
    let holder = lock(&watched).await;
    let (asking, pid) = search(&watched, &observer).await;
    asking.abort();
    until("nothing runs in vain", async || {
        observer.query(RUNNING, &[]).await.expect("an answer").is_empty().then_some(())
    })
    .await;
    watched.shows(&ended("cancelled")).await;
    let cancelled = collector
        .until("the statement is exported", |kept| {
            kept.spans.iter().find(|span| span.attribute("error.type") == "cancelled" && span.kind == "client").cloned()
        })
        .await;
    assert_eq!((cancelled.name.as_str(), cancelled.has_failed), ("SELECT shops", true));
    assert!(cancelled.attribute("db.query.text").is_string(), "{cancelled:?}");
    holder.batch_execute("rollback").await.expect("no lock");
    // Nobody else is given that connection.
    watched.ask(SEARCH, json!({})).await.data();
    let gone = "select 1 from pg_stat_activity where pid = $1";
    assert!(observer.query_opt(gone, &[&pid]).await.expect("an answer").is_none());
}
