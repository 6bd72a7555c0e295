//! Where Redis is: a single server, one that sentinels watch, or a cluster.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

use crate::watch::Server;

/// An address that may hold a password, and so is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

/// What an address means.
#[derive(Clone)]
pub(crate) enum Place {
    Server(Client),
    /// The master changes; the sentinels know which it is. `any` has what its connections have in common.
    Sentinels {
        sentinels: Vec<Client>,
        master: String,
        any: ConnectionInfo,
    },
    Cluster(Vec<ConnectionInfo>),
}

const EXPECTED: &str = "expected redis://user:password@host:port/db, \
     redis+sentinel://user:password@host:port,host:port/master/db or redis+cluster://user:password@host:port,host:port \
     (rediss in place of redis for TLS)";

impl RedisUrl {
    pub(crate) fn unchecked(url: &str) -> std::result::Result<Self, Infallible> {
        Ok(Self(url.to_owned()))
    }

    pub(crate) fn place(&self) -> Result<Place, &'static str> {
        // TLS panics where nobody has chosen its cryptography. It fails if somebody has, which is as good.
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        parse(&self.0).ok_or(EXPECTED)
    }
}

impl Place {
    /// Of several, nobody knows which it will be.
    pub(super) fn server(&self) -> Server {
        let Self::Server(client) = self else { return Server::default() };
        let (address, port) = match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => (host.clone(), Some(*port)),
            ConnectionAddr::Unix(path) => (path.display().to_string(), None),
            _ => return Server::default(),
        };
        Server { address: Some(address), port, namespace: None }
    }
}

impl FromStr for RedisUrl {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let url = Self(url.to_owned());
        url.place().map(|_| url)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisUrl(…)")
    }
}

fn parse(url: &str) -> Option<Place> {
    let (scheme, rest) = url.split_once("://")?;
    let (tls, kind) = match scheme.split_once('+') {
        Some((tls, kind)) => (tls, Some(kind)),
        None => (scheme, None),
    };
    if !matches!(tls, "redis" | "rediss") || rest.contains(['?', '#']) {
        return None;
    }
    let (account, rest) = match rest.rsplit_once('@') {
        Some((account, rest)) => (Some(account), rest),
        None => (None, rest),
    };
    let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
    let nodes = |account: Option<&str>, db: &str| -> Option<Vec<ConnectionInfo>> {
        hosts.split(',').map(|host| node(tls, account, host, db)).collect()
    };
    match kind {
        None if !hosts.contains(',') => open(nodes(account, path)?.pop()?).map(Place::Server),
        Some("sentinel") => {
            let (master, db) = path.split_once('/').unwrap_or((path, ""));
            let any = nodes(account, db)?.pop()?;
            let sentinels: Option<_> = nodes(None, "")?.into_iter().map(open).collect();
            (!master.is_empty()).then_some(Place::Sentinels { sentinels: sentinels?, master: master.to_owned(), any })
        }
        Some("cluster") if path.is_empty() => nodes(account, "").map(Place::Cluster),
        _ => None,
    }
}

fn node(tls: &str, account: Option<&str>, host: &str, db: &str) -> Option<ConnectionInfo> {
    if host.is_empty() || host.starts_with(':') || !db.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let account = account.map(|account| format!("{account}@")).unwrap_or_default();
    format!("{tls}://{account}{host}/{db}").into_connection_info().ok()
}

fn open(node: ConnectionInfo) -> Option<Client> {
    Client::open(node).ok()
}

/// The same way in, to another host.
pub(super) fn elsewhere(any: &ConnectionInfo, host: String, port: u16) -> ConnectionInfo {
    let addr = match any.addr() {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
        }
        _ => ConnectionAddr::Tcp(host, port),
    };
    any.clone().set_addr(addr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_server_is_can_be_told_without_the_password() {
        for (url, address, port) in [
            ("redis://ada:hush-hush@redis.example:6380/1", Some("redis.example"), Some(6380)),
            ("rediss://ada:hush-hush@redis.example", Some("redis.example"), Some(6379)),
            ("redis+sentinel://ada:hush-hush@one.example,other.example/master", None, None),
            ("redis+cluster://ada:hush-hush@one.example,other.example", None, None),
        ] {
            let server = RedisUrl(url.to_owned()).place().expect(url).server();
            assert_eq!((server.address.as_deref(), server.port), (address, port), "{url}");
            assert!(!format!("{server:?}").contains("hush-hush"), "{server:?}");
        }
    }
}
