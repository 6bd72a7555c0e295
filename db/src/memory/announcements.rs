use std::sync::Arc;

use super::Heard;
use super::channels::{Channels, Ticket};

/// Hears what any instance announces, until it is dropped.
#[derive(Debug)]
pub struct Announcements(Ticket);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announcement {
    Said(Arc<[u8]>),
    /// There may have been others, which are lost.
    Missed,
}

pub(super) const CHANNEL: &str = "announcements";

/// How many wait for a listener that is slow.
const WAITING: usize = 1024;

impl Announcements {
    pub(super) async fn of(channels: &Channels) -> Self {
        Self(channels.listen(CHANNEL.to_owned(), WAITING).await)
    }

    /// May be dropped without losing any.
    pub async fn next(&mut self) -> Announcement {
        match self.0.next().await {
            Heard::Message(message) => Announcement::Said(message),
            Heard::Missed => Announcement::Missed,
        }
    }
}
