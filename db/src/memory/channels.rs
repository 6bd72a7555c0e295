//! Channels by name: who listens to them in this process, and what goes out to other instances.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};
use uuid::Uuid;

use super::Heard;
use super::ear::Ear;
use super::voice::{EVERYBODY, Voice};
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
    /// None only while it is dropped.
    receiver: Option<Receiver<(Instant, Heard)>>,
    heard_at: Instant,
    channels: Channels,
}

/// The channels that somebody in this process listens to.
#[derive(Debug, Default)]
pub(super) struct Hub {
    listeners: Mutex<HashMap<String, Sender<(Instant, Heard)>>>,
    reflex: Option<Reflex>,
    hears_others: AtomicBool,
}

/// What is done in the very moment in which something is heard, before anything that was said later is.
pub(super) struct Reflex {
    channel: &'static str,
    act: Box<dyn Fn(&Heard) + Send + Sync>,
}

impl Channels {
    pub(super) fn in_process() -> Self {
        Self { hub: Arc::default(), radio: None }
    }

    pub(super) async fn through(link: Link, reflex: Option<Reflex>) -> Self {
        let hub = Arc::new(Hub { reflex, ..Hub::default() });
        // Redis sends everybody their own messages, too, which have been delivered already.
        let me = Uuid::new_v4();
        let ear = Ear::open(link.clone(), me, hub.clone()).await;
        let radio = Radio { ear, voice: Voice::new(link, me) };
        Self { hub, radio: Some(Arc::new(radio)) }
    }

    pub(super) async fn listen(&self, name: String, waiting: usize) -> Ticket {
        let receiver = self.hub.lock().entry(name.clone()).or_insert_with(|| channel(waiting).0).subscribe();
        let ticket = Ticket { name, receiver: Some(receiver), heard_at: Instant::now(), channels: self.clone() };
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

    /// Says to other instances what has been done in this one.
    pub(super) fn say_elsewhere(&self, name: &str, message: &[u8]) {
        if let Some(radio) = &self.radio {
            radio.voice.say(name, message);
        }
    }

    /// Tells other instances that they may have missed something.
    pub(super) fn say_missed(&self) {
        self.say_elsewhere(EVERYBODY, &[]);
    }

    /// Whether others are heard at the moment, as far as is known.
    pub(super) fn hears_others(&self) -> bool {
        self.hub.hears_others.load(Ordering::SeqCst)
    }

    pub(super) async fn until_said(&self) {
        if let Some(radio) = &self.radio {
            radio.voice.until_said().await;
        }
    }
}

impl Ticket {
    pub(super) async fn next(&mut self) -> Heard {
        let Some(receiver) = &mut self.receiver else { return Heard::Missed };
        match receiver.recv().await {
            Ok((at, heard)) => {
                self.heard_at = at;
                heard
            }
            // The sender lives as long as its listeners.
            Err(RecvError::Lagged(_) | RecvError::Closed) => {
                self.heard_at = Instant::now();
                Heard::Missed
            }
        }
    }

    /// When what came last was heard, which may have waited here for a while.
    pub(super) fn heard_at(&self) -> Instant {
        self.heard_at
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut hub = self.channels.hub.lock();
        // Under the lock: of two who leave at the same time, one must find that they are the last.
        self.receiver = None;
        if hub.get(&self.name).is_some_and(|sender| sender.receiver_count() == 0) {
            hub.remove(&self.name);
            drop(hub);
            if let Some(radio) = &self.channels.radio {
                radio.ear.ignore(&self.name);
            }
        }
    }
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Sender<(Instant, Heard)>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, name: &str, heard: &Heard) {
        if let Some(reflex) = self.reflex_to(name) {
            (reflex.act)(heard);
        }
        if let Some(sender) = self.lock().get(name) {
            // Nobody listens any more, if it can't be sent.
            sender.send((Instant::now(), heard.clone())).ok();
        }
    }

    pub(super) fn tell_all(&self, heard: &Heard) {
        if let Some(reflex) = &self.reflex {
            (reflex.act)(heard);
        }
        for sender in self.lock().values() {
            sender.send((Instant::now(), heard.clone())).ok();
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.reflex_to(name).is_some() || self.lock().contains_key(name)
    }

    pub(super) fn names(&self) -> Vec<String> {
        let reflex = self.reflex.iter().map(|reflex| reflex.channel.to_owned());
        self.lock().keys().cloned().chain(reflex).collect()
    }

    pub(super) fn hears_others(&self, hears: bool) {
        self.hears_others.store(hears, Ordering::SeqCst);
    }

    fn reflex_to(&self, name: &str) -> Option<&Reflex> {
        self.reflex.as_ref().filter(|reflex| reflex.channel == name)
    }
}

impl Reflex {
    pub(super) fn new(channel: &'static str, act: impl Fn(&Heard) + Send + Sync + 'static) -> Self {
        Self { channel, act: Box::new(act) }
    }
}

impl fmt::Debug for Reflex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reflex").field("channel", &self.channel).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[tokio::test]
    async fn nothing_is_left_of_a_channel_whose_last_listeners_leave_at_the_same_time() {
        let channels = Channels::in_process();
        for round in 0..1_000 {
            let (one, other) = (channels.listen("c".into(), 1).await, channels.listen("c".into(), 1).await);
            let barrier = Barrier::new(2);
            thread::scope(|scope| {
                for ticket in [one, other] {
                    let barrier = &barrier;
                    scope.spawn(move || {
                        barrier.wait();
                        drop(ticket);
                    });
                }
            });
            assert!(!channels.hub.has("c"), "after {round} rounds");
        }
    }
}
