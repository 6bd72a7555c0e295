//! Redis, which may vanish at any moment: nothing here is the only copy of anything, and nobody waits for it longer than a time-out.

mod address;
mod backoff;
mod connection;
mod counters;
mod doctor;
mod error;
mod keeper;
mod key;
mod link;
mod script;
mod subscriber;

pub use ::redis::{Cmd, FromRedisValue, ToRedisArgs, Value, cmd, from_redis_value};

pub(crate) use self::address::Place;
pub use self::address::RedisUrl;
pub(crate) use self::backoff::Backoff;
pub use self::counters::Counts;
pub use self::doctor::{Examination, OLDEST_MAJOR};
pub use self::error::{Error, Result};
pub(crate) use self::key::Key;
pub use self::link::Link;
pub use self::script::Script;
pub(crate) use self::subscriber::Subscriber;
