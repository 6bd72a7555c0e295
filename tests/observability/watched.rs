//! The program, and what it is seen to say.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use api::global_id::{GlobalId, encode};
use api::tokens::{Bearer, Tokens};
use chrono::Duration;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::program::{Server, linli};
use tests::{TestApp, connect, document, free_port, metric, until};
use tokio_postgres::Client;

pub(crate) struct Watched {
    pub(crate) server: Server,
    /// Where what it serves is made.
    pub(crate) app: TestApp,
    admin: String,
    tokens: Tokens,
    keys: TempDir,
    http: reqwest::Client,
    requests: AtomicU64,
}

/// What came back, and in which trace it was.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) is_sampled: bool,
    pub(crate) text: String,
}

impl Watched {
    /// One that records each trace and sends it there, and believes those of this machine.
    pub(crate) async fn by(collector: &str) -> Self {
        Self::otherwise(collector, |_| ()).await
    }

    pub(crate) async fn otherwise(collector: &str, change: impl FnOnce(&mut Command)) -> Self {
        Self::over(TestApp::new().await, collector, change, Stdio::inherit()).await
    }

    pub(crate) async fn over(app: TestApp, collector: &str, change: impl FnOnce(&mut Command), stderr: Stdio) -> Self {
        let keys = TempDir::new().expect("a folder");
        let key = keys.path().join("key.pem");
        let tokens = Tokens::read_or_create(&key, &[]).expect("a key");
        let admin = format!("127.0.0.1:{}", free_port());
        let mut command = linli(&["serve", "--listen", "127.0.0.1:0"]);
        command
            .arg("--signing-key")
            .arg(&key)
            .env("DATABASE_URL", &app.database_url)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            .env("LINLI_METRICS_LISTEN", &admin)
            // All is read from PostgreSQL, whatever was read before.
            .env("LINLI_CACHE_MIB", "0")
            .env("LINLI_TRACE_RATIO", "1")
            .env("LINLI_TRACE_PEERS", "127.0.0.0/8");
        change(&mut command);
        let server = Server::heard(command, stderr);
        Self { server, app, admin, tokens, keys, http: reqwest::Client::new(), requests: AtomicU64::new(1) }
    }

    /// Sends an operation, in a trace of its own.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Answer {
        self.ask_as(None, query, variables).await
    }

    pub(crate) async fn ask_as(&self, user: Option<db::UserId>, query: &str, variables: Value) -> Answer {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = self.request().header("content-type", "application/json").body(body);
        match user {
            Some(user) => self.send(request.bearer_auth(self.token(user))).await,
            None => self.send(request).await,
        }
    }

    pub(crate) async fn mutate(&self, user: Option<db::UserId>, mutation: &str, input: Value, fields: &str) -> Answer {
        self.ask_as(user, &document(mutation, fields), json!({ "input": input })).await
    }

    pub(crate) fn request(&self) -> reqwest::RequestBuilder {
        self.http.post(format!("{}/graphql", self.server.address))
    }

    /// Gets what is at a path.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(format!("{}{path}", self.server.address))).await
    }

    /// Sends a request that is in a trace that nothing else is in, unless it says which.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let mut request = request.build().expect("a request");
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let own = format!("00-{number:032x}-{PARENT}-01").parse().expect("a value");
        request.headers_mut().entry("traceparent").or_insert(own);
        let answer = self.http.execute(request).await.expect("an answer");
        let said = answer.headers()["traceresponse"].to_str().expect("a text").to_owned();
        let [_, trace_id, span_id, flags] = said.split('-').collect::<Vec<_>>()[..] else { panic!("{said}") };
        let (trace_id, span_id, is_sampled) = (trace_id.to_owned(), span_id.to_owned(), flags == "01");
        let status = answer.status().as_u16();
        Answer { status, trace_id, span_id, is_sampled, text: answer.text().await.expect("a text") }
    }

    pub(crate) fn token(&self, user: db::UserId) -> String {
        self.tokens.issue(Bearer { user, session: None }, Duration::hours(1)).expect("a token")
    }

    pub(crate) fn signing_key(&self) -> String {
        std::fs::read_to_string(self.keys.path().join("key.pem")).expect("a key")
    }

    pub(crate) async fn metrics(&self) -> String {
        let answer = reqwest::get(format!("http://{}/metrics", self.admin)).await.expect("metrics");
        assert_eq!(answer.headers()["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
        answer.text().await.expect("a text")
    }

    /// Nobody else reads reviews until what is returned is rolled back, or dropped.
    pub(crate) async fn lock_reviews(&self) -> Client {
        let holder = connect(&self.app.database_url).await;
        holder.batch_execute("begin; lock table reviews in access exclusive mode").await.expect("a lock");
        holder
    }

    /// Who waits for that lock, once somebody does.
    pub(crate) async fn waits_for_reviews(&self) -> i32 {
        let observer = connect(&self.app.database_url).await;
        let waits =
            "select l.pid from pg_locks l join pg_stat_activity a on a.pid = l.pid and a.datname = current_database()
            where l.relation = 'reviews'::regclass and not l.granted";
        until("somebody waits for the lock", async || {
            observer.query_opt(waits, &[]).await.expect("an answer").map(|row| row.get(0))
        })
        .await
    }

    /// Returns once the metrics have a line.
    pub(crate) async fn shows(&self, line: &str) {
        until(line, async || self.metrics().await.contains(line).then_some(())).await;
    }

    pub(crate) async fn metric(&self, series: &str) -> f64 {
        metric(&self.metrics().await, series)
    }
}

/// The span that requests say they come from.
pub(crate) const PARENT: &str = "00f067aa0ba902b7";

impl Answer {
    /// What was answered without an error.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        let mut body: Value = serde_json::from_str(&self.text).expect("JSON");
        assert!(body["errors"].is_null(), "{body:#}");
        body["data"].take()
    }
}

pub(crate) fn id(id: impl GlobalId) -> String {
    encode(id).0
}
