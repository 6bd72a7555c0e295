//! What goes out to other instances, in order, by a task of its own: nobody waits for Redis, and what it could not be told is told when it is
//! back.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
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
    waiting: Mutex<Waiting>,
    more: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: Vec<Message>,
    /// Those who want to know when all of it is out.
    askers: Vec<oneshot::Sender<()>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Message {
    channel: String,
    text: Vec<u8>,
}

/// The channel that all listen to. What comes there means that messages on any other may be lost.
pub(super) const EVERYBODY: &str = "everybody";

/// How many messages wait for Redis to come back. If there are more, all are dropped, and everybody is told so.
const MOST: usize = 4096;

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
        if waiting.messages.len() >= MOST {
            waiting.messages.clear();
            waiting.messages.push(self.said.message(EVERYBODY, &[]));
        } else {
            waiting.messages.push(self.said.message(channel, text));
        }
        drop(waiting);
        self.said.more.notify_one();
    }

    /// Returns once all is out, or Redis has been waited for long enough; while it is away, at once.
    pub(super) async fn until_said(&self) {
        if !self.said.link.is_up() {
            return;
        }
        let (asker, is_out) = oneshot::channel();
        self.said.lock().askers.push(asker);
        self.said.more.notify_one();
        timeout(self.said.link.longest_wait(), is_out).await.ok();
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
            let (batch, askers) = said.take();
            if batch.is_empty() {
                for asker in askers {
                    // Whoever has waited too long has gone.
                    asker.send(()).ok();
                }
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
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn message(&self, channel: &str, text: &[u8]) -> Message {
        Message { channel: self.link.prefixed(channel), text: [self.me.as_bytes(), text].concat() }
    }

    /// What is to go out next, or else those who wait for that to be nothing.
    fn take(&self) -> (Vec<Cmd>, Vec<oneshot::Sender<()>>) {
        let mut waiting = self.lock();
        if waiting.messages.is_empty() {
            return (Vec::new(), mem::take(&mut waiting.askers));
        }
        let batch = BATCH.min(waiting.messages.len());
        let rest = waiting.messages.split_off(batch);
        let batch = mem::replace(&mut waiting.messages, rest).into_iter();
        let publish = |message: Message| cmd("PUBLISH").arg(message.channel).arg(message.text).clone();
        (batch.map(publish).collect(), Vec::new())
    }
}
