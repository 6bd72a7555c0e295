//! An application of its own for every test: a socket of its own, over a database schema of its own.

mod client;
pub mod collector;
mod counters;
mod events;
mod mails;
pub mod program;
mod redis;
mod series;
mod setup;
mod sockets;
mod work;
mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::app::App;
use api::config::Config;
use api::mail::{Mail, MailRoom};
use api::server::Door;
use api::tokens::{Bearer, Tokens};
use api::visits::Visits;
use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::mails::Mails;

pub use crate::client::{Answer, Client, document};
pub use crate::counters::wrong_counters;
pub use crate::events::Events;
pub use crate::redis::{Redis, a_prefix, free_port, memory, remembering};
pub use crate::series::metric;
pub use crate::setup::{MAX_BODY_BYTES, Setup, database};
pub use crate::sockets::{Socket, closed};
pub use crate::world::{category, place};
pub use tokio_tungstenite::tungstenite::Message;

/// A server in this process, listening at a port of its own.
pub struct TestApp {
    pub address: String,
    pub database_url: String,
    pub postgres: db::Postgres,
    pub memory: db::Memory,
    pub visits: Visits,
    setup: Setup,
    mails: Mails,
    http: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::set_up(|_| ()).await
    }

    /// One that is otherwise.
    pub async fn set_up(change: impl FnOnce(&mut Setup)) -> Self {
        Self::on(schema_of_its_own().await, change).await
    }

    /// One that is otherwise, over a given database.
    pub async fn on(database_url: String, change: impl FnOnce(&mut Setup)) -> Self {
        let mut setup = Setup::new();
        change(&mut setup);
        Self::over(database_url, setup).await
    }

    /// One whose server is configured otherwise.
    pub async fn configured(configure: impl FnOnce(&mut Config)) -> Self {
        Self::set_up(|setup| configure(&mut setup.server)).await
    }

    pub async fn with_tokens(tokens: Tokens) -> Self {
        Self::set_up(|setup| setup.tokens = tokens).await
    }

    /// One that remembers in Redis, under a prefix of its own.
    pub async fn with_redis(redis: &Redis) -> Self {
        Self::set_up(|setup| setup.database = redis::remembering(&redis.url(), &a_prefix())).await
    }

    /// One to whose resolvers it is another time.
    pub async fn at(clock: fn() -> DateTime<Utc>) -> Self {
        Self::set_up(|setup| setup.clock = clock).await
    }

    /// Another server over the same database, and the same Redis, if there is one.
    pub async fn beside(&self, tokens: Tokens) -> Self {
        Self::over(self.database_url.clone(), Setup { tokens, ..self.setup.clone() }).await
    }

    /// The same server once more.
    pub async fn twin(&self) -> Self {
        Self::over(self.database_url.clone(), self.setup.clone()).await
    }

    async fn over(database_url: String, setup: Setup) -> Self {
        let url = database_url.parse().expect("an address");
        db::migrate(&url).await.expect("the schema is migrated");
        let postgres = db::Postgres::new(&url, &setup.database).expect("a pool");
        let memory = db::Memory::connect(&setup.database).await.expect("a memory");
        let mails = Mails::default();
        let mail = MailRoom::open(mails.clone());
        let Setup { server, tokens, clock, .. } = setup.clone();
        let mut app = App::new(server, postgres.clone(), memory.clone(), tokens, mail, setup.telemetry.clone())
            .expect("an application");
        app.clock = clock;
        let visits = app.visits.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let patience = setup.server.live.timeout();
        let door = Door::open("127.0.0.1:0".parse().expect("an address"), patience).await.expect("a port");
        let address = format!("http://{}", door.address);
        tokio::spawn(door.serve(Arc::new(app), async {
            let _ = stopped.await;
        }));
        Self {
            address,
            database_url,
            postgres,
            memory,
            visits,
            setup,
            mails,
            http: reqwest::Client::new(),
            _stop: stop,
        }
    }

    /// Whoever has no access token.
    pub fn anonymous(&self) -> Client<'_> {
        Client::new(self, None)
    }

    pub fn as_user(&self, user: db::UserId) -> Client<'_> {
        Client::new(self, Some(self.token(user, chrono::Duration::minutes(5))))
    }

    pub fn token(&self, user: db::UserId, lifetime: chrono::Duration) -> String {
        self.setup.tokens.issue(Bearer { user, session: None }, lifetime).expect("a token")
    }

    /// Waits for the newest mail to an address, and takes it and those before out: the next call waits for the next mail.
    pub async fn mail_to(&self, address: &str) -> Mail {
        self.mails.newest_to(address).await
    }

    /// How many mails were sent to an address and not read yet.
    pub fn mails_to(&self, address: &str) -> usize {
        self.mails.count_to(address)
    }

    pub fn with_token(&self, token: &str) -> Client<'_> {
        Client::new(self, Some(token.to_owned()))
    }
}

/// Where the database for tests is: `./dev test` starts one and sets the variable.
pub fn test_database() -> String {
    std::env::var("TEST_DATABASE_URL").expect(
        "run the tests by `./dev test`, or set TEST_DATABASE_URL to a PostgreSQL database that tests may fill with schemas",
    )
}

/// An empty schema, as the address of a database that has no other.
pub async fn schema_of_its_own() -> String {
    let base = test_database();
    let schema = format!("test_{}", Uuid::now_v7().simple());
    connect(&base).await.batch_execute(&format!("create schema {schema}")).await.expect("a schema can be made");
    let separator = if base.contains('?') { '&' } else { '?' };
    format!("{base}{separator}options=-csearch_path%3D{schema}%2Cpublic")
}

/// Tries again and again, until it is done or our patience is.
pub async fn until<T>(what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    const PATIENCE: Duration = Duration::from_secs(60);
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(done) = attempt().await {
            return done;
        }
        assert!(Instant::now() < deadline, "in time, {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub async fn connect(url: &str) -> tokio_postgres::Client {
    let connected = tokio_postgres::connect(url, tokio_postgres::NoTls).await;
    let (client, connection) = connected.expect("the database for tests can be reached");
    tokio::spawn(connection);
    client
}
