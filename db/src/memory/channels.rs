//! Channels by name: who listens to them in this process, and what goes out to other instances.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};
use uuid::Uuid;

use super::Heard;
use super::ear::Ear;
use super::voice::Voice;
use crate::redis::Link;

/// Cheap to clone: all clones share the same channels.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    hub: Arc<Hub>,
    radio: Option<Arc<Radio>>,
}

/// What connects this process with others.
#[derive(Debug)]
struct Radio {
    ear: Ear,
    voice: Voice,
}

/// Listens to a channel until it is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    name: String,
    receiver: Receiver<Heard>,
    channels: Channels,
}

/// The channels that somebody in this process listens to.
#[derive(Debug, Default)]
pub(super) struct Hub(Mutex<HashMap<String, Sender<Heard>>>);

impl Channels {
    pub(super) fn in_process() -> Self {
        Self { hub: Arc::default(), radio: None }
    }

    pub(super) async fn through(link: Link) -> Self {
        let hub: Arc<Hub> = Arc::default();
        // Redis sends everybody their own messages, too, which have been delivered already.
        let me = Uuid::new_v4();
        let ear = Ear::open(link.clone(), me, hub.clone()).await;
        let radio = Radio { ear, voice: Voice::new(link, me) };
        Self { hub, radio: Some(Arc::new(radio)) }
    }

    pub(super) async fn listen(&self, name: String, waiting: usize) -> Ticket {
        let receiver = self.hub.lock().entry(name.clone()).or_insert_with(|| channel(waiting).0).subscribe();
        let ticket = Ticket { name, receiver, channels: self.clone() };
        if let Some(radio) = &self.radio {
            radio.ear.heed(&ticket.name).await;
        }
        ticket
    }

    pub(super) fn say(&self, name: &str, message: &[u8]) {
        self.hub.tell(name, &Heard::Message(message.into()));
        if let Some(radio) = &self.radio {
            radio.voice.say(name, message);
        }
    }

    pub(super) async fn until_said(&self) {
        if let Some(radio) = &self.radio {
            radio.voice.until_said().await;
        }
    }
}

impl Ticket {
    pub(super) async fn next(&mut self) -> Heard {
        match self.receiver.recv().await {
            Ok(heard) => heard,
            // The sender lives as long as its listeners.
            Err(RecvError::Lagged(_) | RecvError::Closed) => Heard::Missed,
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut hub = self.channels.hub.lock();
        if hub.get(&self.name).is_some_and(|sender| sender.receiver_count() == 1) {
            hub.remove(&self.name);
            drop(hub);
            if let Some(radio) = &self.channels.radio {
                radio.ear.ignore(&self.name);
            }
        }
    }
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Sender<Heard>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, name: &str, heard: &Heard) {
        if let Some(sender) = self.lock().get(name) {
            // Nobody listens any more, if it can't be sent.
            sender.send(heard.clone()).ok();
        }
    }

    pub(super) fn tell_all(&self, heard: &Heard) {
        for sender in self.lock().values() {
            sender.send(heard.clone()).ok();
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }
}
