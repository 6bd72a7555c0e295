use uuid::Uuid;

use super::Heard;
use super::channels::{Channels, Ticket};
use crate::{ReviewId, ShopId, UserId};

/// Wakes those who wait for something new, at whatever instance. What it is, they read from PostgreSQL.
#[derive(Clone, Debug)]
pub struct Broadcast(Channels);

/// What is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    ReviewsOf(ShopId),
    CommentsOf(ReviewId),
    NotificationsOf(UserId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// This row is new.
    New(Uuid),
    /// Rows may be new: what was told meanwhile is lost.
    Missed,
}

/// Hears of a topic from the moment it was made, until it is dropped.
#[derive(Debug)]
pub struct Listener(Ticket);

impl Broadcast {
    pub fn in_process() -> Self {
        Self::over(Channels::in_process())
    }

    pub(super) fn over(channels: Channels) -> Self {
        Self(channels)
    }

    /// Returns when wakes from all instances will be heard; while Redis is away, at once.
    pub async fn listen(&self, topic: Topic) -> Listener {
        Listener(self.0.listen(topic.channel(), topic.waiting()).await)
    }

    /// Wakes the listeners of this instance at once, and the others as soon as they can be reached, without waiting for that.
    pub async fn wake(&self, topic: Topic, new: Uuid) {
        self.0.say(&topic.channel(), new.as_bytes());
    }
}

impl Listener {
    /// May be dropped without losing any.
    pub async fn next(&mut self) -> Wake {
        match self.0.next().await {
            // What is no id comes from a newer release, and may mean a row.
            Heard::Message(message) => Uuid::from_slice(&message).map_or(Wake::Missed, Wake::New),
            Heard::Missed => Wake::Missed,
        }
    }
}

impl Topic {
    /// How many wakes wait for a listener that is slow; it has missed what comes on top.
    fn waiting(self) -> usize {
        match self {
            Self::ReviewsOf(_) | Self::CommentsOf(_) => 16,
            // Almost everybody who listens to one is alone with it, and looks for all that is new whatever woke them.
            Self::NotificationsOf(_) => 1,
        }
    }

    fn channel(self) -> String {
        match self {
            Self::ReviewsOf(shop) => format!("reviews-of:{shop}"),
            Self::CommentsOf(review) => format!("comments-of:{review}"),
            Self::NotificationsOf(user) => format!("notifications-of:{user}"),
        }
    }
}
