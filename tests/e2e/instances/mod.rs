//! Two servers and a worker, and what happens when parts of it all vanish.

mod follower;
mod people;
mod postgresql;
mod redis;
mod stopping;
mod streaming;
mod telling;

use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::Arc;

use api::global_id::{GlobalId, encode};
use api::tokens::Tokens;
use db::UserId;
use tempfile::TempDir;
use tests::{Redis, TestApp, free_port, schema_of_its_own, until};

use self::follower::Follower;
use self::people::People;
use crate::program::{Server, linli};
use crate::worker::Worker;

/// Instances over one database and one Redis.
struct Instances {
    people: Arc<People>,
    redis: Redis,
    a: Instance,
    b: Instance,
    worker: Worker,
    options: Options,
    _folder: TempDir,
}

/// How all of them are started.
#[derive(Clone)]
struct Options {
    database: String,
    redis: String,
    redis_timeout_ms: u32,
    key: PathBuf,
}

/// A server that can be started again, at the same port.
struct Instance {
    address: String,
    listen: String,
    options: Options,
    server: Option<Server>,
}

/// As if none were given.
const REDIS_TIMEOUT_MS: u32 = 20;

impl Instances {
    async fn start() -> Self {
        Self::over(schema_of_its_own().await, REDIS_TIMEOUT_MS).await
    }

    async fn over(database: String, redis_timeout_ms: u32) -> Self {
        let (folder, redis) = (TempDir::new().expect("a folder"), Redis::start().await);
        let key = folder.path().join("key.pem");
        let tokens = Tokens::read_or_create(&key, &[]).expect("a key");
        let world = TestApp::on(database.clone(), |setup| setup.tokens = tokens).await;
        let options = Options { database, redis: redis.url(), redis_timeout_ms, key };
        let [a, b] = [(); 2].map(|()| Instance::start(options.clone()));
        let worker = Worker::run(options.command(&["worker"]));
        Self { people: Arc::new(People::of(world)), redis, a, b, worker, options, _folder: folder }
    }

    /// Kills the worker, if it still lives, and has another go on.
    fn replace_worker(&mut self) {
        self.worker.signal("KILL");
        self.worker = Worker::run(self.options.command(&["worker"]));
    }

    /// Somebody who begins to follow at B, by a script.
    fn follower(&self, script: &str, user: UserId, subscriptions: &[String]) -> Follower {
        Follower::start(script, &self.b.address, &self.people.token(user), subscriptions)
    }

    /// Waits until a server hears what others say of a topic.
    async fn until_heard(&self, topic: &str) {
        let heard = || self.redis.ask(&["pubsub", "channels", &format!("*{topic}")]);
        until("it listens", async || (!heard().is_empty()).then_some(())).await;
    }
}

impl Options {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = linli(arguments);
        command
            .env("DATABASE_URL", &self.database)
            .env("DATABASE_POOL_SIZE", "6")
            .env("REDIS_URL", &self.redis)
            .env("REDIS_TIMEOUT_MS", self.redis_timeout_ms.to_string())
            .env("LINLI_SIGNING_KEY", &self.key);
        command
    }
}

impl Instance {
    fn start(options: Options) -> Self {
        let listen = format!("127.0.0.1:{}", free_port());
        let mut instance = Self { address: format!("http://{listen}"), listen, options, server: None };
        instance.start_again();
        instance
    }

    fn start_again(&mut self) {
        let serve = ["serve", "--no-worker", "--shutdown-grace-seconds", "5", "--listen", &self.listen];
        self.server = Some(Server::start(self.options.command(&serve)));
    }

    fn signal(&self, signal: &str) {
        self.server.as_ref().expect("it runs").signal(signal);
    }

    /// How it ended, which it must do.
    fn ended(&mut self) -> ExitStatus {
        self.server.take().expect("it runs").ended()
    }

    /// How often it said this since it was started.
    fn logged(&self, message: &str) -> usize {
        let log = self.server.as_ref().map(Server::log).unwrap_or_default();
        log.iter().filter(|line| line["message"] == message).count()
    }
}

fn global(id: impl GlobalId) -> String {
    encode(id).0
}
