use std::time::Duration;

use redis::cmd;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Link, Result};

/// A key that knows what it holds, and for how long.
pub trait Key: Sync {
    type Value: Serialize + DeserializeOwned + Send + Sync;

    /// Each value lives up to a tenth longer or shorter, so that what was written together does not end together.
    const LIFETIME: Duration;

    /// Names the kind, its version and the one: `shop:2:0198…`. Whoever changes what a value means or looks like gives it another version.
    fn name(&self) -> String;
}

impl Link {
    /// The value, if there is one that can be read.
    pub async fn get<K: Key>(&self, key: &K) -> Result<Option<K::Value>> {
        let found: Option<Vec<u8>> = self.run(cmd("GET").arg(self.prefixed(&key.name()))).await?;
        Ok(found.and_then(|bytes| decode(&bytes)))
    }

    /// The values in the order of their keys, in one round trip.
    pub async fn get_many<K: Key>(&self, keys: &[K]) -> Result<Vec<Option<K::Value>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = cmd("MGET");
        for key in keys {
            command.arg(self.prefixed(&key.name()));
        }
        let found: Vec<Option<Vec<u8>>> = self.run(&command).await?;
        Ok(found.into_iter().map(|bytes| bytes.and_then(|bytes| decode(&bytes))).collect())
    }

    pub async fn set<K: Key>(&self, key: &K, value: &K::Value) -> Result<()> {
        self.run(&self.setting(key, value)?).await
    }

    pub async fn set_many<'a, K: Key + 'a>(
        &self,
        values: impl IntoIterator<Item = (&'a K, &'a K::Value)>,
    ) -> Result<()> {
        let commands = values.into_iter().map(|(key, value)| self.setting(key, value)).collect::<Result<Vec<_>>>()?;
        self.run_all(&commands).await.map(drop)
    }

    pub async fn delete<K: Key>(&self, keys: &[K]) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut command = cmd("DEL");
        for key in keys {
            command.arg(self.prefixed(&key.name()));
        }
        self.run(&command).await
    }

    fn setting<K: Key>(&self, key: &K, value: &K::Value) -> Result<redis::Cmd> {
        let mut command = cmd("SET");
        command.arg(self.prefixed(&key.name())).arg(serde_json::to_vec(value)?);
        command.arg("PX").arg(jittered(K::LIFETIME));
        Ok(command)
    }
}

/// What another release wrote may be unreadable; it is as if it were not there.
fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

/// A lifetime for `PX` or `PEXPIRE`, in milliseconds; at least one, since Redis takes zero for an error.
pub fn jittered(lifetime: Duration) -> u64 {
    let jittered = lifetime.mul_f64(0.9 + 0.2 * fastrand::f64());
    u64::try_from(jittered.as_millis()).unwrap_or(u64::MAX).max(1)
}
