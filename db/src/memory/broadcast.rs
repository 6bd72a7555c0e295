use std::time::Instant;

use uuid::Uuid;

use super::Heard;
use super::channels::{Channels, Ticket};
use crate::{ReviewId, ShopId, UserId, events};

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
pub struct Listener {
    ticket: Ticket,
    cause: Option<String>,
}

impl Broadcast {
    pub fn in_process() -> Self {
        Self::over(Channels::in_process())
    }

    pub(super) fn over(channels: Channels) -> Self {
        Self(channels)
    }

    /// Returns when wakes from all instances will be heard; while Redis is away, at once.
    pub async fn listen(&self, topic: Topic) -> Listener {
        Listener { ticket: self.0.listen(topic.channel(), topic.waiting()).await, cause: None }
    }

    /// Wakes the listeners of this instance at once, and the others as soon as they can be reached, without waiting for that. They
    /// learn the trace that it happens in.
    pub async fn wake(&self, topic: Topic, new: Uuid) {
        let mut message = new.as_bytes().to_vec();
        message.extend(events::trace_context().unwrap_or_default().into_bytes());
        self.0.say(&topic.channel(), &message);
    }
}

impl Listener {
    /// May be dropped without losing any.
    pub async fn next(&mut self) -> Wake {
        self.cause = None;
        let Heard::Message(message) = self.ticket.next().await else { return Wake::Missed };
        // What has no id comes from a newer release, and may mean a row.
        let Some((id, cause)) = message.split_first_chunk() else { return Wake::Missed };
        self.cause = str::from_utf8(cause).ok().filter(|cause| !cause.is_empty()).map(str::to_owned);
        Wake::New(Uuid::from_bytes(*id))
    }

    /// The [trace](https://www.w3.org/TR/trace-context/#traceparent-header) in which it was woken last, if that is known.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// When it was woken last: it may have been busy.
    pub fn woken_at(&self) -> Instant {
        self.ticket.heard_at()
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
