use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::tally::{Counts, Posted, Tally};
use super::{Failure, Mail, Sender};

/// Sends what is posted, while whoever posted it goes on: how long a request takes tells nobody whether it sent a mail.
#[derive(Clone, Default)]
pub struct MailRoom {
    open: Arc<Mutex<Option<Open>>>,
    tally: Arc<Tally>,
}

struct Open {
    /// The only one there is: without it, the work ends when all is sent.
    queue: mpsc::Sender<Posted>,
    work: JoinHandle<()>,
    farewell: Duration,
}

struct Limits {
    /// Most mails that wait.
    queue: usize,
    /// How long to wait before each further attempt.
    pauses: [Duration; 2],
    /// How long closing waits for what was posted.
    farewell: Duration,
}

const LIMITS: Limits = Limits {
    queue: 1_000,
    pauses: [Duration::from_secs(3), Duration::from_secs(12)],
    farewell: Duration::from_secs(10),
};

const AT_A_TIME: usize = 4;

impl MailRoom {
    /// Begins to work, on the runtime that this is called on.
    pub fn open(sender: impl Sender) -> Self {
        Self::within(LIMITS, sender)
    }

    /// A room of a server that can't send mails.
    pub fn closed() -> Self {
        Self::default()
    }

    fn within(limits: Limits, sender: impl Sender) -> Self {
        let (queue, posted) = mpsc::channel(limits.queue);
        let work = tokio::spawn(work(posted, sender, limits.pauses));
        let open = Open { queue, work, farewell: limits.farewell };
        Self { open: Arc::new(Mutex::new(Some(open))), tally: Arc::default() }
    }

    pub fn can_send(&self) -> bool {
        self.state().is_some()
    }

    pub fn counts(&self) -> Counts {
        self.tally.read()
    }

    /// Never waits. What there is no room for is dropped, since a code that comes late is worth as little as none.
    pub fn post(&self, mail: Mail) {
        let mail = Posted::new(mail, self.tally.clone());
        let posted = match &*self.state() {
            Some(open) => open.queue.try_send(mail),
            None => Err(TrySendError::Closed(mail)),
        };
        match posted {
            Ok(()) => {}
            Err(TrySendError::Full(posted)) => {
                tracing::warn!(domain = posted.mail.domain(), "a mail was dropped: too many wait to be sent");
            }
            Err(TrySendError::Closed(posted)) => {
                tracing::warn!(domain = posted.mail.domain(), "a mail was dropped: the mail room is closed");
            }
        }
    }

    /// Takes no more, and waits a while until what was posted is sent.
    pub async fn close(&self) {
        let Some(Open { queue, mut work, farewell }) = self.state().take() else { return };
        drop(queue);
        if timeout(farewell, &mut work).await.is_err() {
            work.abort();
            tracing::warn!("mails were dropped: they could not be sent within {farewell:?} of closing the mail room");
        }
    }

    fn state(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MailRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.can_send() { "MailRoom(open)" } else { "MailRoom(closed)" })
    }
}

async fn work(mut posted: mpsc::Receiver<Posted>, sender: impl Sender, pauses: [Duration; 2]) {
    let mails = stream::poll_fn(|context| posted.poll_recv(context));
    let sent = mails.for_each_concurrent(AT_A_TIME, async |mail| {
        match AssertUnwindSafe(deliver(&sender, &mail.mail, pauses)).catch_unwind().await {
            Ok(true) => mail.sent(),
            Ok(false) => mail.failed(),
            Err(_) => tracing::error!(domain = mail.mail.domain(), "a mail was dropped: sending it panicked"),
        }
    });
    sent.await;
}

/// Whether it was sent.
async fn deliver(sender: &impl Sender, mail: &Mail, pauses: [Duration; 2]) -> bool {
    let mut pauses = pauses.into_iter();
    while let Err(failure) = sender.send(mail).await {
        match (failure, pauses.next()) {
            (Failure::Passing(reason), Some(pause)) => {
                tracing::debug!(domain = mail.domain(), reason, "a mail will be sent again");
                sleep(pause).await;
            }
            (failure, _) => {
                tracing::warn!(domain = mail.domain(), reason = %failure, "a mail could not be sent");
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests;
