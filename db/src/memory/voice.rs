//! What goes out to other instances, in order, by a task of its own: nobody waits for Redis, and what it could not be told is told when it is
//! back.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::redis::{Backoff, Cmd, Link, cmd};

#[derive(Debug)]
pub(super) struct Voice {
    said: Arc<Said>,
    speaking: JoinHandle<()>,
}

#[derive(Debug)]
struct Said {
    link: Link,
    me: Uuid,
    waiting: Mutex<Vec<Message>>,
    more: Notify,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Message {
    channel: String,
    text: Vec<u8>,
}

/// The channel that all listen to. What comes there means that messages on any other may be lost.
pub(super) const EVERYBODY: &str = "everybody";

/// How many messages wait for Redis to come back. If there are more, all are dropped, and everybody is told so.
const WAITING: usize = 4096;

/// How many messages go out in one round trip.
const BATCH: usize = 256;

impl Voice {
    pub(super) fn new(link: Link, me: Uuid) -> Self {
        let said = Arc::new(Said { link, me, waiting: Mutex::default(), more: Notify::new() });
        let speaking = tokio::spawn(speak(said.clone()));
        Self { said, speaking }
    }

    pub(super) fn say(&self, channel: &str, text: &[u8]) {
        let mut waiting = self.said.lock();
        if waiting.len() >= WAITING {
            waiting.clear();
            waiting.push(self.said.message(EVERYBODY, &[]));
        } else {
            waiting.push(self.said.message(channel, text));
        }
        drop(waiting);
        self.said.more.notify_one();
    }

    pub(super) async fn close(&self) {
        let mut last = self.said.take();
        // Commands are answered in order: this answer comes after those of what is on its way already.
        last.push(cmd("PING"));
        // What could not be said is lost, as when this process is killed.
        self.said.link.run_anywhere(&last).await.ok();
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.speaking.abort();
    }
}

async fn speak(said: Arc<Said>) {
    loop {
        said.more.notified().await;
        loop {
            let batch = said.take();
            if batch.is_empty() {
                break;
            }
            let mut backoff = Backoff::new();
            // Twice heard does no harm.
            while let Err(error) = said.link.run_anywhere(&batch).await {
                tracing::debug!(%error, "other instances can't be told");
                backoff.wait().await;
                said.link.until_up().await;
            }
        }
    }
}

impl Said {
    fn lock(&self) -> MutexGuard<'_, Vec<Message>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn message(&self, channel: &str, text: &[u8]) -> Message {
        Message { channel: self.link.prefixed(channel), text: [self.me.as_bytes(), text].concat() }
    }

    fn take(&self) -> Vec<Cmd> {
        let mut waiting = self.lock();
        let batch = BATCH.min(waiting.len());
        let rest = waiting.split_off(batch);
        let batch = mem::replace(&mut *waiting, rest);
        batch.into_iter().map(|message| cmd("PUBLISH").arg(message.channel).arg(message.text).clone()).collect()
    }
}
