//! Nothing that people tell the program in confidence is told to those who watch it, nor what it is told by those who run it.

mod postman;
mod secrets;
mod sockets;
mod wire;

use std::fs::{self, File};
use std::process::Stdio;

use reqwest::Url;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::collector::{Collector, Manner};
use tests::program::{linli, run, stderr, stdout};
use tests::{Redis, TestApp, document};

use self::postman::Postman;
use self::secrets::Secrets;
use self::wire::Wire;
use crate::watched::{Answer, Watched, id};

/// No secret: it is told where it belongs, or this test saw nothing.
const PUBLIC: &str = "PublicWord";

const SEARCH: &str = "query PublicWord($q: String!) { searchShops(query: $q, first: 1) { totalCount } }";

struct Session {
    watched: Watched,
    collector: Collector,
    postman: Postman,
    wire: Wire,
    redis: Redis,
    folder: TempDir,
    secrets: Secrets,
    /// What was answered beside tokens and what people wrote.
    answers: String,
}

impl Session {
    async fn begin(level: &str) -> Self {
        let (app, collector, postman) = (TestApp::new().await, Collector::start(Manner::Keeps), Postman::start());
        let redis = Redis::start_with(&["--requirepass", "canary-of-redis"]).await;
        let wire = Wire::to(&app.database_url, "canary-of-postgresql").await;
        let folder = TempDir::new().expect("a folder");
        let errors = File::create(folder.path().join("stderr")).expect("a file");
        let change = |command: &mut std::process::Command| {
            command
                .env("DATABASE_URL", &wire.url)
                .env("REDIS_URL", format!("redis://:canary-of-redis@127.0.0.1:{}", redis.port))
                .env("LINLI_SMTP_URL", format!("smtp://linli:canary-of-smtp@127.0.0.1:{}", postman.port))
                .env("LINLI_LOKI_URL", collector.url.replace("//", "//linli:canary-of-loki@"))
                .env("LINLI_LOG", level);
        };
        let otlp = collector.url.replace("//", "//linli:canary-of-otlp@");
        let watched = Watched::over(app, &otlp, change, Stdio::from(errors)).await;
        let mut secrets = Secrets::default();
        secrets.plant("the password of PostgreSQL", &format!(":{}@", wire.password));
        for (what, secret) in [
            ("the password of PostgreSQL by itself", "canary-of-postgresql"),
            ("the password of Redis", "canary-of-redis"),
            ("the password of SMTP", "canary-of-smtp"),
            ("the password of Loki", "canary-of-loki"),
            ("the password of the collector", "canary-of-otlp"),
        ] {
            secrets.plant(what, secret);
        }
        let key = watched.signing_key();
        secrets.plant("the signing key", key.lines().nth(1).expect("a line of the key"));
        Self { watched, collector, postman, wire, redis, folder, secrets, answers: String::new() }
    }

    /// Runs a mutation of a stranger, and takes what it says.
    async fn enter(&mut self, mutation: &str, input: Value, fields: &str) -> Value {
        let answer = self.watched.mutate(None, mutation, input, fields).await;
        answer.data()[mutation].take()
    }

    /// Whatever comes of it must not have a secret in it.
    fn hear(&mut self, answer: &Answer) {
        self.answers += &answer.text;
    }

    async fn come_in(&mut self) {
        let (email, password) = ("canary-address@example.org", "canary-of-a-password");
        for (what, secret) in [
            ("an address", email),
            ("a password", password),
            ("a wrong password", "canary-of-a-mistake"),
            ("a forged token", "canary-of-a-forger"),
            ("a cookie", "canary-of-a-cookie"),
        ] {
            self.secrets.plant(what, secret);
        }
        let person = json!({ "email": email, "password": password, "handle": "ada", "device": "Laptop" });
        let tokens = self.enter("signUp", person.clone(), "accessToken refreshToken").await;
        self.plant_tokens(&tokens);
        let again = self.watched.mutate(None, "signUp", person, "accessToken").await;
        self.hear(&again);
        let tokens =
            self.enter("logIn", json!({ "email": email, "password": password }), "accessToken refreshToken").await;
        self.plant_tokens(&tokens);
        let refresh = json!({ "refreshToken": tokens["refreshToken"] });
        let renewed = self.enter("refreshSession", refresh.clone(), "accessToken refreshToken").await;
        self.plant_tokens(&renewed);
        for (mutation, input) in
            [("logIn", json!({ "email": email, "password": "canary-of-a-mistake" })), ("refreshSession", refresh)]
        {
            let refused = self.watched.mutate(None, mutation, input, "accessToken").await;
            self.hear(&refused);
        }
        let forged = self.watched.request().bearer_auth("canary-of-a-forger").header("cookie", "id=canary-of-a-cookie");
        let refused = self.watched.send(forged.json(&json!({ "query": "{ __typename }" }))).await;
        assert_eq!(refused.status, 401);
        self.hear(&refused);
        self.log_in_with_code(email).await;
    }

    async fn log_in_with_code(&mut self, email: &str) {
        self.watched.app.execute("update credentials set email_confirmed_at = now()").await;
        self.enter("requestLoginCode", json!({ "email": email }), "expiresAt").await;
        let code = self.postman.code();
        self.secrets.plant("a code to log in", &code);
        let wrong = self.watched.mutate(None, "logInWithCode", json!({ "email": email, "code": "000000" }), "").await;
        self.hear(&wrong);
        let tokens = self.enter("logInWithCode", json!({ "email": email, "code": code }), "accessToken").await;
        self.plant_tokens(&tokens);
    }

    fn plant_tokens(&mut self, tokens: &Value) {
        let parts = [&tokens["accessToken"], &tokens["refreshToken"]].into_iter().filter_map(Value::as_str);
        for token in parts {
            self.secrets.plant("a token", token.rsplit('.').next().expect("a signature"));
        }
    }

    async fn write(&mut self) {
        for (what, secret) in [
            ("a review", "canary-of-a-review"),
            ("a review that is not taken", "canary-that-fails"),
            ("a report", "canary-of-a-report"),
        ] {
            self.secrets.plant(what, secret);
        }
        let (shop, other) = (self.watched.app.shop("Noodles").await, self.watched.app.shop("Soup").await);
        let (eve, bob) = (self.watched.app.user("eve").await, self.watched.app.user("bob").await);
        let review = |shop, body: &str| json!({ "shopId": id(shop), "rating": 4, "body": body });
        let written = review(shop, "canary-of-a-review");
        let answer = self.watched.mutate(Some(eve), "createReview", written.clone(), "review { id }").await;
        let subject = answer.data()["createReview"]["review"]["id"].take();
        let conflict = self.watched.mutate(Some(eve), "createReview", written, "").await;
        self.hear(&conflict);
        let report = json!({ "subjectId": subject, "reason": "OTHER", "detail": "canary-of-a-report" });
        let reported = self.watched.mutate(Some(bob), "report", report, "id").await;
        reported.data();
        // As PostgreSQL says of a value that it can't read.
        let refuse = "create function refuse() returns trigger language plpgsql as $$ begin
                raise 'invalid input syntax for type integer: \"%\"', new.body using errcode = '22P02'; end $$;
            create trigger refuse before insert on reviews for each row execute function refuse();";
        self.watched.app.execute(refuse).await;
        let failed = self.watched.mutate(Some(eve), "createReview", review(other, "canary-that-fails"), "").await;
        assert!(failed.text.contains("INTERNAL"), "{}", failed.text);
        self.hear(&failed);
    }

    async fn search(&mut self) {
        for (what, secret) in [
            ("what somebody looked for", "canary-of-a-search"),
            ("the same in a document", "canary-in-a-document"),
            ("the same in an address", "canary-in-an-address"),
            ("a value of a wrong type", "canary-of-a-type"),
        ] {
            self.secrets.plant(what, secret);
        }
        let found = self.watched.ask(SEARCH, json!({ "q": "canary-of-a-search" })).await;
        found.data();
        let literal = "query PublicWord { searchShops(query: \"canary-in-a-document\", first: 1) { totalCount } }";
        self.watched.ask(literal, json!({})).await.data();
        let parameters = [("query", SEARCH), ("variables", "{\"q\":\"canary-in-an-address\"}")];
        let url = Url::parse_with_params("http://here/graphql", parameters).expect("an address");
        self.watched.get(&format!("/graphql?{}", url.query().unwrap_or_default())).await.data();
        self.watched.get("/nowhere?token=canary-in-an-address").await;
        for (query, variables) in [
            (literal.replace("first: 1", "first: \"canary-of-a-type\""), json!({})),
            (literal.replace("totalCount", "nonsense"), json!({})),
            (literal.replace(" }", ""), json!({})),
            (SEARCH.to_owned(), json!({ "q": ["canary-of-a-type"] })),
            (document("createReview", ""), json!({ "input": { "rating": "canary-of-a-type" } })),
        ] {
            let refused = self.watched.ask(&query, variables).await;
            assert!(refused.text.contains("errors"), "{query}: {}", refused.text);
            self.hear(&refused);
        }
    }

    /// The same while PostgreSQL and Redis are away.
    async fn lose_everything(&mut self) {
        self.wire.cut();
        self.redis.kill();
        let answer = self.watched.ask(SEARCH, json!({ "q": "canary-of-a-search" })).await;
        assert!(answer.text.contains("UNAVAILABLE"), "{}", answer.text);
        self.hear(&answer);
        let log_in = json!({ "email": "canary-address@example.org", "password": "canary-of-a-password" });
        let answer = self.watched.mutate(None, "logIn", log_in, "").await;
        self.hear(&answer);
        self.collector.trace(&answer.trace_id).await;
    }

    /// Looks at all that was said.
    async fn end(mut self) {
        let metrics = self.watched.metrics().await;
        self.watched.server.signal("TERM");
        self.watched.server.ended();
        let errors = fs::read_to_string(self.folder.path().join("stderr")).expect("a file");
        let printed = self.watched.server.said();
        let (spans, lines, raw) =
            self.collector.look(|kept| (format!("{:?}", kept.spans), format!("{:?}", kept.lines), kept.raw.clone()));
        assert_eq!(self.secrets.in_bytes(&raw), [""; 0], "sent");
        for (place, text, is_there) in [
            ("spans", &spans, true),
            ("lines for Loki", &lines, true),
            ("metrics", &metrics, true),
            ("standard output", &printed, true),
            ("standard error", &errors, false),
            ("answers", &self.answers, false),
        ] {
            assert_eq!(self.secrets.in_text(text), [""; 0], "in {place}");
            assert_eq!(text.contains(PUBLIC), is_there, "in {place}");
        }
    }
}

async fn nothing_is_given_away(level: &str) {
    let mut session = Session::begin(level).await;
    session.come_in().await;
    session.write().await;
    session.search().await;
    session.subscribe().await;
    session.lose_everything().await;
    session.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_given_away() {
    nothing_is_given_away("info").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_given_away_to_who_debugs() {
    nothing_is_given_away("trace").await;
}

#[test]
fn no_address_is_quoted_that_may_hold_a_password() {
    for (variable, urls) in [
        ("DATABASE_URL", &["postgres://ada:canary@127.0.0.1:1/linli", "postgres//ada:canary@127.0.0.1"][..]),
        ("REDIS_URL", &["redis//:canary@127.0.0.1"]),
        ("LINLI_SMTP_URL", &["smtp//ada:canary@127.0.0.1"]),
        ("LINLI_LOKI_URL", &["https://ada:canary@127.0.0.1", "http//ada:canary@127.0.0.1"]),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &["http//ada:canary@127.0.0.1", "http://ada:canary@127.0.0.1:many"]),
    ] {
        for url in urls {
            let folder = TempDir::new().expect("a folder");
            let key = folder.path().join("key.pem");
            api::tokens::Tokens::read_or_create(&key, &[]).expect("a key");
            let mut command = linli(&["serve", "--listen", "127.0.0.1:0", "--log", "trace", "--signing-key"]);
            command.arg(&key).env("DATABASE_URL", "postgres://ada@127.0.0.1:1/linli").env(variable, url);
            let output = run(command);
            assert!(!output.status.success(), "{variable}={url}");
            let said = stdout(&output) + &stderr(&output);
            assert!(!said.contains("canary") && !stderr(&output).is_empty(), "{variable}={url}: {said}");
        }
        let mut help = linli(&["serve", "--help"]);
        help.env(variable, urls[0]);
        assert!(!stdout(&run(help)).contains("canary"), "{variable}");
    }
}
