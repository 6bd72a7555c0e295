use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::config::Host;

use crate::Lifetimes;
use crate::redis::{Place, RedisUrl};
use crate::watch::Server;

/// Where the data is, and how it is reached.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "PostgreSQL")]
#[group(id = "database")]
pub struct Config {
    /// PostgreSQL 15 or later, as postgres://user:password@host:port/database
    ///
    /// Without it, linli runs a private PostgreSQL server of its own in the data directory. TLS is not supported yet.
    #[arg(long, env, hide_env_values = true, value_name = "URL", global = true, value_parser = DatabaseUrl::unchecked)]
    pub database_url: Option<DatabaseUrl>,

    /// Folder for all that a private installation keeps: its PostgreSQL server and its signing key
    #[arg(long, env = "LINLI_DATA_DIR", value_name = "DIR", default_value = ".linli", global = true)]
    pub data_dir: PathBuf,

    /// Folder with the programs of PostgreSQL (initdb, postgres), when they are in none of the usual places
    #[arg(long, env = "LINLI_POSTGRES_BIN", value_name = "DIR", global = true)]
    pub postgres_bin: Option<PathBuf>,

    /// Most connections to hold at a time
    #[arg(long, env = "DATABASE_POOL_SIZE", value_name = "N", default_value_t = 16)]
    #[arg(global = true, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub database_pool_size: u16,

    /// Longest wait for a free connection, in milliseconds
    #[arg(long, env = "DATABASE_ACQUIRE_TIMEOUT_MS", value_name = "MS", default_value_t = 3_000)]
    #[arg(global = true, value_parser = clap::value_parser!(u32).range(1..=600_000))]
    pub database_acquire_timeout_ms: u32,

    /// Longest run of a single statement, in milliseconds
    #[arg(long, env = "DATABASE_STATEMENT_TIMEOUT_MS", value_name = "MS", default_value_t = 10_000)]
    #[arg(global = true, value_parser = clap::value_parser!(u32).range(1..=3_600_000))]
    pub database_statement_timeout_ms: u32,

    /// Redis 7 or later, or Valkey, by which many instances share what they remember and wake each other
    ///
    /// One of redis://user:password@host:port/db, redis+sentinel://user:password@host:port,host:port/master/db and
    /// redis+cluster://user:password@host:port,host:port; with rediss in place of redis for TLS. It may vanish at any moment. Without it,
    /// an instance must be alone.
    #[arg(long, env, hide_env_values = true, value_name = "URL", global = true, value_parser = RedisUrl::unchecked)]
    #[arg(help_heading = "Redis")]
    pub redis_url: Option<RedisUrl>,

    /// Longest wait for an answer of Redis, in milliseconds
    #[arg(long, env = "REDIS_TIMEOUT_MS", value_name = "MS", default_value_t = 20, help_heading = "Redis")]
    #[arg(global = true, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub redis_timeout_ms: u32,

    /// Begins all names in Redis, so that installations can share one
    #[arg(long, env = "REDIS_PREFIX", value_name = "NAME", default_value = "linli", help_heading = "Redis")]
    #[arg(global = true, value_parser = redis_prefix)]
    pub redis_prefix: String,

    /// Most followers that a review is pushed to; what people with more of them write is looked up when a feed is read
    #[arg(long, env = "LINLI_FEED_PUSH_LIMIT", value_name = "N", default_value_t = 10_000, help_heading = "Redis")]
    #[arg(global = true, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    pub feed_push_limit: u32,

    /// Most memory for rows that were read, so that they need not be read again, in MiB; 0 keeps none, nor reads any from Redis
    #[arg(long, env = "LINLI_CACHE_MIB", value_name = "MIB", default_value_t = 64, help_heading = "Cache")]
    #[arg(global = true, value_parser = clap::value_parser!(u32).range(0..=1_048_576))]
    pub cache_mib: u32,

    #[arg(skip)]
    pub row_lifetimes: Lifetimes,
}

impl Config {
    /// Refuses an address that is none. Clap would quote it, and the password with it.
    pub fn check(&self) -> Result<(), String> {
        if let Some(url) = &self.database_url {
            url.0
                .parse::<DatabaseUrl>()
                .map_err(|expected| format!("invalid value for '--database-url <URL>' (DATABASE_URL): {expected}"))?;
        }
        self.redis().map(drop)
    }

    /// Where Redis is, if there is one.
    pub(crate) fn redis(&self) -> Result<Option<Place>, String> {
        let place = self.redis_url.as_ref().map(RedisUrl::place).transpose();
        place.map_err(|expected| format!("invalid value for '--redis-url <URL>' (REDIS_URL): {expected}"))
    }

    pub(crate) fn redis_timeout(&self) -> Duration {
        Duration::from_millis(self.redis_timeout_ms.into())
    }

    pub(crate) fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.database_acquire_timeout_ms.into())
    }
}

fn redis_prefix(prefix: &str) -> Result<String, &'static str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    // Braces would put all keys onto one node of a cluster.
    if !prefix.is_empty() && prefix.chars().all(is_plain) {
        Ok(prefix.to_owned())
    } else {
        Err("expected letters, digits, and -_.:")
    }
}

/// An address that may hold a password, and so is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    fn unchecked(url: &str) -> Result<Self, Infallible> {
        Ok(Self(url.to_owned()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Of several hosts, nobody knows which it will be.
    pub(crate) fn server(&self) -> Server {
        let Ok(config) = self.0.parse::<tokio_postgres::Config>() else { return Server::default() };
        let (address, port) = match config.get_hosts() {
            [Host::Tcp(host)] => (Some(host.clone()), Some(config.get_ports().first().copied().unwrap_or(5432))),
            [Host::Unix(path)] => (Some(path.display().to_string()), None),
            _ => (None, None),
        };
        Server { address, port, namespace: config.get_dbname().map(str::to_owned) }
    }
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        // The parser's own message quotes the address.
        match url.parse::<tokio_postgres::Config>() {
            Ok(_) => Ok(Self(url.to_owned())),
            Err(_) => Err("expected postgres://user:password@host:port/database"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_server_is_can_be_told_without_the_password() {
        for (url, address, port) in [
            ("postgres://ada:hush-hush@db.example/linli", Some("db.example"), Some(5432)),
            ("postgres://ada:hush-hush@db.example:6543/linli", Some("db.example"), Some(6543)),
            ("postgres://ada:hush-hush@%2Frun%2Fpostgresql/linli", Some("/run/postgresql"), None),
            ("host=/run/postgresql user=ada password=hush-hush dbname=linli", Some("/run/postgresql"), None),
            ("postgres://ada:hush-hush@one.example,other.example/linli", None, None),
        ] {
            let server = url.parse::<DatabaseUrl>().expect(url).server();
            assert_eq!((server.address.as_deref(), server.port), (address, port), "{url}");
            assert_eq!(server.namespace.as_deref(), Some("linli"), "{url}");
            assert!(!format!("{server:?}").contains("hush-hush"), "{server:?}");
        }
    }
}
