//! What a Redis must have for linli to run on it.

use std::time::Duration;

use redis::{RedisResult, cmd};

use super::RedisUrl;
use super::connection::{server, within};

/// What was found at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// Such as `7.0.15`; Valkey's own, where it is one.
    pub version: String,
    pub is_valkey: bool,
    /// Whether it is as recent as it must be.
    pub is_recent: bool,
    /// Whether it has a limit of memory, and drops what is used least when that is reached.
    pub makes_room: bool,
}

/// The oldest release that is tested.
pub const OLDEST_MAJOR: u32 = 7;

const LONGEST_WAIT: Duration = Duration::from_secs(3);

impl Examination {
    /// Asks the server, the master of the sentinels, or a node of the cluster.
    pub async fn of(url: &RedisUrl) -> Result<Self, String> {
        let place = url.place()?;
        let info = within(LONGEST_WAIT, async {
            let mut connection = server(&place).await?.get_multiplexed_async_connection().await?;
            let info: RedisResult<String> = cmd("INFO").query_async(&mut connection).await;
            info
        });
        info.await.map(|info| Self::read(&info)).map_err(|error| error.to_string())
    }

    fn read(info: &str) -> Self {
        let value =
            |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
        let valkey = value("valkey_version");
        let version = valkey.or(value("redis_version")).unwrap_or("unknown");
        let major: u32 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
        let limit = value("maxmemory").is_some_and(|limit| limit != "0");
        let policy = value("maxmemory_policy").is_some_and(|policy| policy.starts_with("allkeys-"));
        Self {
            version: version.to_owned(),
            is_valkey: valkey.is_some(),
            is_recent: major >= OLDEST_MAJOR,
            makes_room: limit && policy,
        }
    }
}
