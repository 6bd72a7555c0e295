//! An application of its own for every test: a socket of its own, over a database schema of its own.

mod client;
mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::app::App;
use api::config::Config;
use api::server::Door;
use api::token::Tokens;
use tokio::sync::oneshot;
use uuid::Uuid;

pub use crate::client::{Answer, Client};
pub use crate::world::{category, place};

/// A server in this process, listening at a port of its own.
pub struct TestApp {
    pub address: String,
    database_url: String,
    pub postgres: db::Postgres,
    tokens: Tokens,
    http: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

/// The size of a request body that tests must exceed to be refused.
pub const MAX_BODY_BYTES: u32 = 1024 * 1024;

impl TestApp {
    pub async fn new() -> Self {
        let database_url = schema_of_its_own().await;
        let url = database_url.parse().expect("an address");
        db::migrate(&url).await.expect("the schema is migrated");
        let postgres = db::Postgres::new(&url, &database()).expect("a pool");
        let keys = tempfile::TempDir::new().expect("a folder");
        let tokens = Tokens::read_or_create(&keys.path().join("key.pem")).expect("a signing key");

        let config = Config {
            listen: "127.0.0.1:0".parse().expect("an address"),
            signing_key: None,
            max_body_bytes: MAX_BODY_BYTES,
            shutdown_grace_seconds: 0,
            server_timing: true,
        };
        let app = App::new(config, postgres.clone(), Some(tokens.clone())).expect("an application");
        let (stop, stopped) = oneshot::channel::<()>();
        let door = Door::open("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
        let address = format!("http://{}", door.address);
        tokio::spawn(door.serve(Arc::new(app), async {
            let _ = stopped.await;
        }));
        Self { address, database_url, postgres, tokens, http: reqwest::Client::new(), _stop: stop }
    }

    /// Whoever has no access token.
    pub fn anonymous(&self) -> Client<'_> {
        Client::new(self, None)
    }

    pub fn as_user(&self, user: db::UserId) -> Client<'_> {
        Client::new(self, Some(self.token(user, chrono::Duration::minutes(5))))
    }

    pub fn token(&self, user: db::UserId, lifetime: chrono::Duration) -> String {
        self.tokens.issue(user, lifetime).expect("a token")
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

fn database() -> db::Config {
    db::Config {
        database_url: None,
        data_dir: ".linli".into(),
        postgres_bin: None,
        database_pool_size: 4,
        database_acquire_timeout_ms: 30_000,
        database_statement_timeout_ms: 30_000,
    }
}
