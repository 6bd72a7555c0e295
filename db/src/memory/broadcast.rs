use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};
use uuid::Uuid;

use crate::{ReviewId, ShopId, UserId};

/// Wakes those who wait for something new. What it is, they read from PostgreSQL.
#[derive(Clone, Debug, Default)]
pub struct Broadcast {
    topics: Arc<Topics>,
}

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
    topic: Topic,
    receiver: Receiver<Wake>,
    topics: Arc<Topics>,
}

/// Those that somebody listens to.
#[derive(Debug, Default)]
struct Topics(Mutex<HashMap<Topic, Sender<Wake>>>);

/// How many wakes wait for a listener that is slow; it has missed what comes on top.
const WAITING: usize = 16;

impl Broadcast {
    pub fn in_process() -> Self {
        Self::default()
    }

    pub async fn listen(&self, topic: Topic) -> Listener {
        let receiver = self.topics.lock().entry(topic).or_insert_with(|| channel(WAITING).0).subscribe();
        Listener { topic, receiver, topics: self.topics.clone() }
    }

    pub async fn wake(&self, topic: Topic, new: Uuid) {
        if let Some(sender) = self.topics.lock().get(&topic) {
            // Nobody listens any more, if it can't be sent.
            sender.send(Wake::New(new)).ok();
        }
    }
}

impl Listener {
    pub async fn next(&mut self) -> Wake {
        match self.receiver.recv().await {
            Ok(wake) => wake,
            // The sender lives as long as its listeners.
            Err(RecvError::Lagged(_) | RecvError::Closed) => Wake::Missed,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut topics = self.topics.lock();
        if topics.get(&self.topic).is_some_and(|sender| sender.receiver_count() == 1) {
            topics.remove(&self.topic);
        }
    }
}

impl Topics {
    fn lock(&self) -> MutexGuard<'_, HashMap<Topic, Sender<Wake>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
