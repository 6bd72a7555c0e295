use redis::{Cmd, ErrorKind, FromRedisValue, ServerErrorKind, ToRedisArgs, cmd};

use super::{Error, Link, Result};

/// Lua that Redis runs as one step. It is sent once, and known by its hash from then on.
#[derive(Debug)]
pub struct Script {
    code: &'static str,
    hash: String,
}

impl Script {
    /// Hashes the code: keep it in a `LazyLock`.
    pub fn new(code: &'static str) -> Self {
        Self { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }

    fn command(&self, how: &str, what: &str, keys: &[String], arguments: &impl ToRedisArgs) -> Cmd {
        let mut command = cmd(how);
        command.arg(what).arg(keys.len()).arg(keys).arg(arguments);
        command
    }
}

impl Link {
    /// `keys` are prefixed names. On a cluster they must be in one slot, so a script with several gives them a hash tag.
    pub async fn run_script<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        arguments: impl ToRedisArgs,
    ) -> Result<T> {
        match self.run(&script.command("EVALSHA", &script.hash, keys, &arguments)).await {
            // Redis forgets scripts when it is restarted.
            Err(Error::Failed(error)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.run(&script.command("EVAL", script.code, keys, &arguments)).await
            }
            result => result,
        }
    }
}
