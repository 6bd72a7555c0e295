//! What other instances say, heard by one connection to Redis for the whole process.

use std::collections::HashSet;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use redis::{RedisError, RedisResult};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};
use uuid::Uuid;

use super::Heard;
use super::channels::Hub;
use super::voice::EVERYBODY;
use crate::redis::{Backoff, Link, Subscriber};

#[derive(Debug)]
pub(super) struct Ear {
    changes: mpsc::UnboundedSender<Change>,
    longest_wait: Duration,
    listening: JoinHandle<()>,
}

/// Somebody began to listen to a channel and waits until that is settled, or the last one ceased to.
struct Change {
    channel: String,
    settled: Option<oneshot::Sender<()>>,
}

/// What the task of an ear knows.
struct Listening {
    link: Link,
    me: Uuid,
    hub: Arc<Hub>,
    changes: mpsc::UnboundedReceiver<Change>,
}

/// How long a connection may be silent before it is tried.
const SILENCE: Duration = Duration::from_secs(1);

/// How many changes are settled in one round trip.
const BATCH: usize = 256;

impl Ear {
    /// Makes one attempt to connect before it returns, if Redis is there.
    pub(super) async fn open(link: Link, me: Uuid, hub: Arc<Hub>) -> Self {
        let (sender, changes) = mpsc::unbounded_channel();
        let longest_wait = link.longest_wait();
        let first = if link.is_up() { connect(&link).await } else { Err(broken()) };
        let listening = tokio::spawn(Listening { link, me, hub, changes }.run(first));
        Self { changes: sender, longest_wait, listening }
    }

    /// Returns once what others say on a channel will be heard, or Redis has been waited for long enough.
    pub(super) async fn heed(&self, channel: &str) {
        let (settled, is_settled) = oneshot::channel();
        self.changes.send(Change { channel: channel.to_owned(), settled: Some(settled) }).ok();
        // Whoever stops waiting will be told that they may have missed something.
        timeout(self.longest_wait, is_settled).await.ok();
    }

    pub(super) fn ignore(&self, channel: &str) {
        self.changes.send(Change { channel: channel.to_owned(), settled: None }).ok();
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Listening {
    async fn run(mut self, first: RedisResult<Subscriber>) {
        // At first, there is nobody who could have missed anything.
        let mut missed = first.is_err();
        let mut connected = first;
        let mut backoff = Backoff::new();
        loop {
            match connected {
                Ok(subscriber) => {
                    backoff = Backoff::new();
                    let Err(error) = self.hear(subscriber, missed).await;
                    self.hub.hears_others(false);
                    tracing::debug!(%error, "other instances are no longer heard");
                }
                Err(error) => tracing::debug!(%error, "other instances are not heard"),
            }
            missed = true;
            let again = async {
                backoff.wait().await;
                connect(&self.link).await
            };
            connected = tokio::select! {
                connected = again => connected,
                never = excuse(&mut self.changes) => never,
            };
        }
    }

    /// Goes on until the connection fails.
    async fn hear(&mut self, mut subscriber: Subscriber, missed: bool) -> RedisResult<Infallible> {
        let mut subscribed = HashSet::new();
        let mut changes: Vec<_> =
            self.hub.names().into_iter().map(|channel| Change { channel, settled: None }).collect();
        self.settle(&mut subscriber, &mut subscribed, &changes).await?;
        if missed {
            self.hub.tell_all(&Heard::Missed);
        }
        self.hub.hears_others(true);

        changes.clear();
        let mut silence = interval(SILENCE);
        loop {
            tokio::select! {
                message = subscriber.next() => match message {
                    Some((channel, message)) => self.deliver(&channel, &message),
                    None => return Err(broken()),
                },
                _ = self.changes.recv_many(&mut changes, BATCH), if !self.changes.is_closed() => {
                    self.settle(&mut subscriber, &mut subscribed, &changes).await?;
                    self.confirm(changes.drain(..));
                }
                _ = silence.tick() => subscriber.ping().await?,
            }
        }
    }

    fn deliver(&self, channel: &str, message: &[u8]) {
        let own = self.link.prefixed("");
        let Some(channel) = channel.strip_prefix(&own) else { return };
        match message.split_at_checked(size_of::<uuid::Bytes>()) {
            Some((sender, _)) if sender == self.me.as_bytes() => {}
            Some(_) if channel == EVERYBODY => self.hub.tell_all(&Heard::Missed),
            Some((_, message)) => self.hub.tell(channel, &Heard::Message(message.into())),
            // It is from nobody we know.
            None => {}
        }
    }

    /// Subscribes to what somebody listens to by now, and to nothing else.
    async fn settle(
        &self,
        subscriber: &mut Subscriber,
        subscribed: &mut HashSet<String>,
        changes: &[Change],
    ) -> RedisResult<()> {
        let changed: HashSet<&str> = changes.iter().map(|change| change.channel.as_str()).collect();
        let (mut more, mut less) = (Vec::new(), Vec::new());
        for channel in changed {
            match (self.hub.has(channel), subscribed.contains(channel)) {
                (true, false) => more.push(channel),
                (false, true) => less.push(channel),
                _ => {}
            }
        }
        let prefixed = |channels: &[&str]| -> Vec<_> { channels.iter().map(|name| self.link.prefixed(name)).collect() };
        subscriber.subscribe(&prefixed(&more)).await?;
        subscriber.unsubscribe(&prefixed(&less)).await?;
        subscribed.extend(more.into_iter().map(str::to_owned));
        for channel in less {
            subscribed.remove(channel);
        }
        Ok(())
    }

    fn confirm(&self, changes: impl Iterator<Item = Change>) {
        for Change { channel, settled } in changes {
            if settled.is_some_and(|settled| settled.send(()).is_err()) {
                self.hub.tell(&channel, &Heard::Missed);
            }
        }
    }
}

async fn connect(link: &Link) -> RedisResult<Subscriber> {
    let mut subscriber = Subscriber::open(link.place()).await?;
    subscriber.subscribe(&[link.prefixed(EVERYBODY)]).await?;
    Ok(subscriber)
}

fn broken() -> RedisError {
    io::Error::from(io::ErrorKind::NotConnected).into()
}

/// Lets nobody wait for a Redis that is away: with its sender dropped, whoever waits goes on.
async fn excuse(changes: &mut mpsc::UnboundedReceiver<Change>) -> ! {
    while changes.recv().await.is_some() {}
    std::future::pending().await
}
