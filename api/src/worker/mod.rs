//! Does what follows from events: whoever an event concerns is told. `consequences` says what follows from which.

mod consequences;

use std::sync::Arc;
use std::time::{Duration, Instant};

use db::Event;
use db::outbox::{self, Outcome, Recorded, Wakeups};
use futures_util::StreamExt;
use futures_util::stream;
use observability::metrics::Processed;
use observability::{Root, Telemetry, TraceContext};
use tokio::sync::{Notify, watch};
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::doors::storage;

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
    telemetry: Telemetry,
    concurrency: usize,
    stopped: watch::Receiver<bool>,
}

/// Stops its worker, at the latest when it is dropped.
pub struct Stop(watch::Sender<bool>);

/// What the queue of events is called where it is measured.
pub(crate) const OUTBOX: &str = "events";

/// How long to wait for a wake-up that may have been lost, or for an event that is to be tried again.
const POLL: Duration = Duration::from_secs(1);

impl Worker {
    pub fn new(postgres: db::Postgres, memory: db::Memory, telemetry: Telemetry, config: &Config) -> (Self, Stop) {
        let (stop, stopped) = watch::channel(false);
        let postgres = storage::watched(&postgres, &memory, &telemetry.metrics);
        (Self { postgres, memory, telemetry, concurrency: config.worker_concurrency.into(), stopped }, Stop(stop))
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
        let (started, root) = (Instant::now(), self.root(recorded));
        let span = span_of(recorded, &root);
        let outcome = match recorded.event() {
            Ok(event) => self.follow(event, &span, root).await,
            Err(reason) => Outcome::Failed(reason),
        };
        let _entered = span.enter();
        self.tell(recorded, &outcome, started, &root);
        if let Outcome::Failed(reason) | Outcome::Waiting(reason) = &outcome {
            tracing::warn!(event.kind = recorded.kind(), event.id = %recorded.id, reason, "an event is to be tried again");
        }
        outcome
    }

    async fn follow(&self, event: Event, span: &Span, root: Root) -> Outcome {
        let (postgres, memory) = (self.postgres.clone(), self.memory.clone());
        let consequences = async move {
            let consequences = consequences::of(event, &postgres, &memory);
            let cause = db::Cause { trace_context: root.context.to_string(), user: None, memory: memory.clone() };
            db::caused_by(cause, consequences).await
        };
        // In a task of its own, so that a panic fails this event and nothing else.
        match tokio::spawn(consequences.instrument(span.clone())).await {
            Ok(Ok(())) => Outcome::Done,
            Ok(Err(error)) => error.into(),
            Err(_) => Outcome::Failed("panicked".into()),
        }
    }

    /// What follows from an event is a part of what caused it.
    fn root(&self, recorded: &Recorded) -> Root {
        let cause = recorded.trace_context.as_deref().and_then(TraceContext::parse);
        cause.map_or_else(|| self.telemetry.root(None, None), Root::following)
    }

    fn tell(&self, recorded: &Recorded, outcome: &Outcome, started: Instant, root: &Root) {
        let error_type = match outcome {
            Outcome::Done => "",
            Outcome::Failed(_) => "failed",
            Outcome::Waiting(_) => "waiting",
        };
        let span = Span::current();
        if !error_type.is_empty() {
            span.record("error.type", error_type);
            span.record("otel.status_code", "ERROR");
        }
        let metrics = &self.telemetry.metrics;
        let event_kind = metrics.words.know(recorded.kind());
        let labels = Processed { messaging_destination_name: OUTBOX, event_kind, error_type };
        let took = started.elapsed().as_secs_f64();
        if metrics.messaging_process_duration.observe(&labels, took, Some(root.context)) {
            span.record("sampling.keep", true);
        }
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

fn span_of(recorded: &Recorded, root: &Root) -> Span {
    tracing::info_span!(
        "process events",
        trace.context = %root.context,
        trace.parent = root.parent.map(display),
        otel.kind = "consumer",
        otel.status_code = Empty,
        messaging.system = "postgresql",
        messaging.destination.name = OUTBOX,
        messaging.operation.name = "process",
        messaging.operation.type = "process",
        messaging.message.id = %recorded.id,
        event.id = %recorded.id,
        event.kind = recorded.kind(),
        error.type = Empty,
        sampling.keep = Empty,
    )
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
