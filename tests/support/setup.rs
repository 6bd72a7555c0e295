use api::config::Config;
use api::tokens::Tokens;
use api::{live, mail};
use chrono::{DateTime, Utc};
use observability::Telemetry;

/// What a test may want otherwise.
#[derive(Clone)]
pub struct Setup {
    pub database: db::Config,
    pub server: Config,
    pub tokens: Tokens,
    pub clock: fn() -> DateTime<Utc>,
    /// All come from this machine, and are believed to which trace they belong.
    pub telemetry: Telemetry,
}

/// The size of a request body that tests must exceed to be refused.
pub const MAX_BODY_BYTES: u32 = 1024 * 1024;

impl Setup {
    pub(crate) fn new() -> Self {
        Self { database: database(), server: server(), tokens: tokens(), clock: Utc::now, telemetry: telemetry() }
    }
}

fn server() -> Config {
    Config {
        listen: "127.0.0.1:0".parse().expect("an address"),
        signing_key: None,
        accepted_keys: Vec::new(),
        max_body_bytes: MAX_BODY_BYTES,
        shutdown_grace_seconds: 0,
        server_timing: true,
        live: live::Config {
            allowed_origins: Vec::new(),
            max_sockets: 100,
            max_sockets_per_user: 20,
            max_subscriptions: 100,
            keep_alive_ms: 60_000,
            socket_timeout_ms: 60_000,
        },
        mail: mail::Config {
            smtp_url: None,
            mail_from: "no-reply@localhost".parse().expect("a mailbox"),
            log_mail: false,
        },
    }
}

fn telemetry() -> Telemetry {
    Telemetry::unheard(&["127.0.0.0/8".parse().expect("a network")])
}

fn tokens() -> Tokens {
    let keys = tempfile::TempDir::new().expect("a folder");
    Tokens::read_or_create(&keys.path().join("key.pem"), &[]).expect("a signing key")
}

/// How tests reach a database, and no Redis.
pub fn database() -> db::Config {
    db::Config {
        database_url: None,
        data_dir: ".linli".into(),
        postgres_bin: None,
        database_pool_size: 4,
        database_acquire_timeout_ms: 30_000,
        database_statement_timeout_ms: 30_000,
        redis_url: None,
        redis_timeout_ms: 20,
        redis_prefix: "linli".into(),
        feed_push_limit: 10_000,
        cache_mib: 0,
        row_lifetimes: db::Lifetimes::default(),
    }
}
