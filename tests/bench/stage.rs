use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use api::global_id::{GlobalId, encode};
use api::tokens::{Bearer, Tokens};
use chrono::{Duration, Utc};
use db::bulk::NewUser;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::program::{Server, linli};
use tests::{Redis, connect, document, schema_of_its_own};

/// What a benchmark plays on: a database of its own, and the key that signs the tokens of the people in it.
pub(crate) struct Stage {
    pub(crate) postgres: db::Postgres,
    url: String,
    folder: TempDir,
    tokens: Tokens,
    http: reqwest::Client,
}

/// A process that works off the outbox, killed when it is dropped.
pub(crate) struct Worker(Child);

/// Rows that go into one statement.
pub(crate) const BATCH: usize = 10_000;

/// Only what tells where it serves, and what goes wrong.
const LOG: &str = "warn,api::cli::serve=info";

impl Stage {
    pub(crate) async fn set() -> anyhow::Result<Self> {
        let url = schema_of_its_own().await;
        let address = url.parse().map_err(anyhow::Error::msg)?;
        db::migrate(&address).await?;
        let folder = TempDir::new()?;
        let tokens = Tokens::read_or_create(&folder.path().join("key.pem"), &[])?;
        let postgres = db::Postgres::new(&address, &tests::database())?;
        Ok(Self { postgres, url, folder, tokens, http: reqwest::Client::new() })
    }

    /// Starts a server and waits until it listens.
    pub(crate) fn serve(&self, redis: Option<&Redis>, options: &[&str]) -> Server {
        let mut command = self.linli("serve", redis, options);
        command.args(["--listen", "127.0.0.1:0", "--signing-key"]).arg(self.folder.path().join("key.pem"));
        Server::start(command)
    }

    pub(crate) fn work(&self, redis: Option<&Redis>, options: &[&str]) -> anyhow::Result<Worker> {
        Ok(Worker(self.linli("worker", redis, options).stderr(Stdio::null()).spawn()?))
    }

    fn linli(&self, role: &str, redis: Option<&Redis>, options: &[&str]) -> Command {
        let mut command = linli(&[role]);
        command.args(options).env("LINLI_LOG", LOG).env("DATABASE_URL", &self.url);
        if let Some(redis) = redis {
            // What else the machine has to do is not to look like a Redis that fails.
            command.env("REDIS_URL", redis.url()).env("REDIS_TIMEOUT_MS", "1000");
        }
        command
    }

    pub(crate) async fn people(&self, name: &str, count: usize) -> anyhow::Result<Vec<db::UserId>> {
        let person = |number| NewUser {
            id: db::UserId::new(),
            handle: format!("{name}_{number}"),
            nickname: format!("{name} {number}"),
            bio: None,
            city: None,
            credits: 0,
            created_at: Utc::now(),
        };
        let people: Vec<_> = (0..count).map(person).collect();
        let mut conn = self.postgres.conn().await?;
        for people in people.chunks(BATCH) {
            NewUser::insert_all(&mut conn, people).await?;
        }
        Ok(people.into_iter().map(|person| person.id).collect())
    }

    pub(crate) async fn shops(&self, count: usize) -> anyhow::Result<Vec<db::ShopId>> {
        let insert = "insert into shops (id, category_id, name, lat, lng, timezone, search_text)
            select gen_random_uuid(), (select min(id::text)::uuid from categories), 'Shop ' || number, 60.17, 24.94,
                'Europe/Helsinki', 'shop' from generate_series(1, $1) as number
            returning id::text";
        let rows = self.sql().await.query(insert, &[&i32::try_from(count)?]).await?;
        rows.iter().map(|row| Ok(row.get::<_, String>(0).parse()?)).collect()
    }

    /// Brings counters and the knowledge of the planner up to date, which bulk inserts leave alone.
    pub(crate) async fn is_set(&self) -> anyhow::Result<()> {
        db::recount(&mut *self.postgres.conn().await?).await?;
        Ok(self.sql().await.batch_execute("vacuum analyze").await?)
    }

    pub(crate) async fn sql(&self) -> tokio_postgres::Client {
        connect(&self.url).await
    }

    pub(crate) fn token(&self, user: db::UserId) -> anyhow::Result<String> {
        self.tokens.issue(Bearer { user, session: None }, Duration::hours(6))
    }

    /// Runs an operation that must succeed, and returns its data.
    pub(crate) async fn ask(&self, server: &Server, token: &str, query: &str, input: &Value) -> anyhow::Result<Value> {
        let body = json!({ "query": query, "variables": { "input": input } });
        let request = self.http.post(format!("{}/graphql", server.address)).bearer_auth(token).json(&body);
        let mut answer: Value = request.send().await?.json().await?;
        ensure!(answer["errors"].is_null(), "{answer}");
        Ok(answer["data"].take())
    }

    /// Writes a review of a shop, and returns once the author was answered.
    pub(crate) async fn review(&self, server: &Server, author: &str, shop: db::ShopId) -> anyhow::Result<Value> {
        let input = json!({ "shopId": id(shop), "rating": 4, "body": "As good as last time" });
        let mut answer = self.ask(server, author, &document("createReview", "review { id }"), &input).await?;
        ensure!(answer["createReview"]["userErrors"] == json!([]), "{answer}");
        Ok(answer["createReview"]["review"]["id"].take())
    }
}

impl Worker {
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let asked = Command::new("kill").args(["-s", "TERM", &self.0.id().to_string()]).status()?;
        ensure!(asked.success() && self.0.wait()?.success(), "the worker can't be stopped");
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// An id as clients see it.
pub(crate) fn id(id: impl GlobalId) -> String {
    encode(id).0
}

/// One of several that there must be.
pub(crate) fn one<T: Copy>(of: &[T], number: usize) -> anyhow::Result<T> {
    of.get(number).copied().context("there are too few")
}
