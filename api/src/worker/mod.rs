//! Does what follows from events: whoever an event concerns is told. `consequences` says what follows from which.

mod consequences;

use std::sync::Arc;
use std::time::Duration;

use db::outbox::{self, Outcome, Recorded, Wakeups};
use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::{Notify, watch};
use tracing::Instrument;

/// How events are handled.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Worker")]
#[group(id = "worker")]
pub struct Config {
    /// How many events to handle at a time, each with a connection of its own
    #[arg(long, env = "LINLI_WORKER_CONCURRENCY", value_name = "N", default_value_t = 4)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=100))]
    pub worker_concurrency: u16,
}

/// Works off the outbox, beside as many other workers as there are.
#[derive(Clone)]
pub struct Worker {
    postgres: db::Postgres,
    memory: db::Memory,
    concurrency: usize,
    stopped: watch::Receiver<bool>,
}

/// Stops its worker, at the latest when it is dropped.
pub struct Stop(watch::Sender<bool>);

/// How long to wait for a wake-up that may have been lost, or for an event that is to be tried again.
const POLL: Duration = Duration::from_secs(1);

impl Worker {
    pub fn new(postgres: db::Postgres, memory: db::Memory, config: &Config) -> (Self, Stop) {
        let (stop, stopped) = watch::channel(false);
        (Self { postgres, memory, concurrency: config.worker_concurrency.into(), stopped }, Stop(stop))
    }

    /// Works until it is stopped: what is being handled then is finished, and all else handed back.
    pub async fn run(self) {
        let wakeup = Arc::new(Notify::new());
        let listening = listen(&self.postgres, &wakeup);
        let working = async {
            while !*self.stopped.borrow() {
                match self.work_off().await {
                    Ok(0) => self.wait(&wakeup).await,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "the outbox can't be worked off at the moment");
                        self.wait(&Notify::new()).await;
                    }
                }
            }
        };
        tokio::select! {
            () = working => {}
            () = listening => {}
        }
    }

    /// Handles what is due, and tells how much that was.
    pub async fn work_off(&self) -> db::Result<usize> {
        let mut conn = self.postgres.conn().await?;
        outbox::work_off(&mut conn, async |subjects| {
            let runs = stream::iter(subjects).map(|events| self.handle_in_order(events));
            let handled: Vec<_> = runs.buffer_unordered(self.concurrency).collect().await;
            // Were the events forgotten first, and this process killed then, nobody would be woken.
            self.memory.until_said().await;
            handled.into_iter().flatten().collect()
        })
        .await
    }

    async fn handle_in_order(&self, events: Vec<Recorded>) -> Vec<(Recorded, Outcome)> {
        let mut handled = Vec::new();
        let mut events = events.into_iter().peekable();
        while let Some(event) = events.next() {
            // What is true by now is told by the last of them.
            if events.peek().is_some_and(|next| next.says_the_same_as(&event)) {
                handled.push((event, Outcome::Done));
                continue;
            }
            if *self.stopped.borrow() {
                break;
            }
            let outcome = self.handle(&event).await;
            let goes_on = matches!(outcome, Outcome::Done);
            handled.push((event, outcome));
            if !goes_on {
                break;
            }
        }
        handled
    }

    async fn handle(&self, recorded: &Recorded) -> Outcome {
        let event = match recorded.event() {
            Ok(event) => event,
            Err(reason) => return Outcome::Failed(reason),
        };
        let span = tracing::info_span!("process", event.kind = recorded.kind(), event.id = %recorded.id);
        let (postgres, memory, cause) = (self.postgres.clone(), self.memory.clone(), recorded.trace_context.clone());
        let consequences = async move {
            let consequences = consequences::of(event, &postgres, &memory);
            match cause {
                Some(trace_context) => {
                    let cause = db::Cause { trace_context, user: None, memory: memory.clone() };
                    db::caused_by(cause, consequences).await
                }
                None => consequences.await,
            }
        };
        // In a task of its own, so that a panic fails this event and nothing else.
        let outcome = match tokio::spawn(consequences.instrument(span)).await {
            Ok(Ok(())) => Outcome::Done,
            Ok(Err(error)) => error.into(),
            Err(_) => Outcome::Failed("panicked".into()),
        };
        if let Outcome::Failed(reason) | Outcome::Waiting(reason) = &outcome {
            tracing::warn!(event.kind = recorded.kind(), event.id = %recorded.id, reason, "an event is to be tried again");
        }
        outcome
    }

    async fn wait(&self, wakeup: &Notify) {
        let mut stopped = self.stopped.clone();
        tokio::select! {
            () = wakeup.notified() => {}
            () = tokio::time::sleep(POLL) => {}
            // Without its `Stop`, nobody could stop it.
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    }
}

impl Stop {
    pub fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.now();
    }
}

/// Passes wake-ups on, for ever.
async fn listen(postgres: &db::Postgres, wakeup: &Notify) {
    loop {
        match Wakeups::listen(postgres).await {
            Ok(mut wakeups) => {
                while wakeups.next().await.is_ok() {
                    wakeup.notify_one();
                }
            }
            Err(error) => tracing::debug!(%error, "nobody wakes the worker, who looks from time to time"),
        }
        tokio::time::sleep(POLL).await;
    }
}
