use std::time::Duration;

use redis::{Cmd, cmd};

use super::Link;

/// A key that knows what it holds, and for how long.
pub(crate) trait Key {
    /// What there is only one way to write.
    type Value: AsRef<[u8]>;

    /// What the lifetime depends on.
    type Terms;

    /// Names the kind, its version and the one: `timeline:1:0198…`. Whoever changes what a value means or looks like gives it another version.
    fn name(&self) -> String;

    fn lifetime(terms: &Self::Terms) -> Duration;

    fn encode(value: &Self::Value) -> &[u8] {
        value.as_ref()
    }

    /// The lifetime for `PX` or `PEXPIRE`; at least one, since Redis takes zero for an error.
    fn millis(terms: &Self::Terms) -> u64 {
        u64::try_from(Self::lifetime(terms).as_millis()).unwrap_or(u64::MAX).max(1)
    }
}

impl Link {
    /// The name as commands and scripts must use it.
    pub(crate) fn key(&self, key: &impl Key) -> String {
        self.prefixed(&key.name())
    }

    /// The command that writes a value for as long as it lives.
    pub(crate) fn setting<K: Key>(&self, key: &K, value: &K::Value, terms: &K::Terms, options: &[&str]) -> Cmd {
        cmd("SET").arg(self.key(key)).arg(K::encode(value)).arg("PX").arg(K::millis(terms)).arg(options).clone()
    }
}
