//! What instances tell each other and remember together. It may vanish at any moment, and nothing is lost: PostgreSQL has the truth.

mod announcements;
mod broadcast;
mod channels;
mod ear;
mod keys;
mod rows;
mod timelines;
mod voice;

use std::sync::Arc;

pub use announcements::{Announcement, Announcements};
pub use broadcast::{Broadcast, Listener, Topic, Wake};

pub(crate) use rows::{AT_A_TIME as ROWS_AT_A_TIME, note, noted};
pub use rows::{Kept, Lifetimes, Reader, RowCounts, RowId, Rows};
pub use timelines::Timelines;
pub(crate) use timelines::{LENGTH, Part};

use self::channels::Channels;
use self::rows::Own;
use crate::Config;
use crate::redis::Link;
use crate::{UserId, redis};

/// Cheap to clone: all clones share one memory.
#[derive(Clone, Debug)]
pub struct Memory {
    pub broadcast: Broadcast,
    pub rows: Rows,
    channels: Channels,
    redis: Option<Link>,
    timelines: Option<Timelines>,
}

impl Memory {
    /// Shared with other instances by Redis, if the configuration has one. It need not be there yet.
    pub async fn connect(config: &Config) -> Result<Self, String> {
        let own = Own::new(config.cache_mib, config.row_lifetimes);
        let Some(place) = config.redis()? else { return Ok(Self::alone(own)) };
        let link = Link::open(place, config.redis_prefix.clone(), config.redis_timeout()).await;
        let timelines = Timelines::new(link.clone(), config.feed_push_limit);
        let channels = Channels::through(link.clone(), own.reflex()).await;
        let rows = own.beside(link.clone(), channels.clone());
        let broadcast = Broadcast::over(channels.clone());
        Ok(Self { broadcast, rows, channels, redis: Some(link), timelines: Some(timelines) })
    }

    /// For an instance that is alone, and keeps no rows.
    pub fn in_process() -> Self {
        Self::alone(Own::new(0, Lifetimes::default()))
    }

    fn alone(own: Own) -> Self {
        let channels = Channels::in_process();
        let broadcast = Broadcast::over(channels.clone());
        Self { broadcast, rows: own.alone(), channels, redis: None, timelines: None }
    }

    /// The way to Redis, for what is only worth remembering together.
    pub fn redis(&self) -> Option<&Link> {
        self.redis.as_ref()
    }

    /// Feeds gathered ahead; none without Redis.
    pub fn timelines(&self) -> Option<&Timelines> {
        self.timelines.as_ref()
    }

    /// Has a feed gathered anew, for whom its reader follows has changed.
    pub async fn forget_feed(&self, reader: UserId) -> redis::Result<()> {
        match &self.timelines {
            Some(timelines) => timelines.forget(reader).await,
            None => Ok(()),
        }
    }

    /// Tells all instances, this one too, at once or as soon as they can be reached.
    pub fn announce(&self, message: &[u8]) {
        self.channels.say(announcements::CHANNEL, message);
    }

    /// Hears all announcements from now on.
    pub async fn announcements(&self) -> Announcements {
        Announcements::of(&self.channels).await
    }

    /// Gives what was said a chance to be heard, before this instance ends, or forgets why it was said.
    pub async fn until_said(&self) {
        self.channels.until_said().await;
    }
}

/// What came through a channel.
#[derive(Clone, Debug)]
enum Heard {
    Message(Arc<[u8]>),
    /// There may have been messages that are lost.
    Missed,
}
