mod again;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Map, Shared};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Notify, oneshot};
use tokio::task::unconstrained;
use tokio::time::{sleep, timeout};
use tracing::instrument::WithSubscriber;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};
use tracing_loki::{BackgroundTask, BackgroundTaskController};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};
use url::Url;

use self::again::say;
use super::LineCounts;
use super::line::Line;
use crate::room::{Room, THINGS};

/// Takes lines for Loki, or drops them at once when too many wait.
#[derive(Clone, Debug)]
pub(crate) struct Loki {
    queue: Sender<Line>,
    counts: Arc<Counts>,
}

/// Brings lines to Loki, in a thread of its own.
#[derive(Debug)]
pub(crate) struct Courier {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Where Loki is, and what its streams are told apart by.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) url: Url,
    pub(crate) tenant: Option<String>,
    pub(crate) environment: String,
}

#[derive(Debug, Default)]
struct Counts {
    waiting: Room,
    delivered: AtomicU64,
    dropped: AtomicU64,
}

/// How many are brought at once: fewer than what `tracing-loki` takes before it drops some without a word.
const BATCH: usize = 400;

/// How long lines are gathered.
const INTERVAL: Duration = Duration::from_millis(500);

/// How long Loki may take, how often it is tried, and how long to wait in between at most.
const PATIENCE: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 6;
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long what waits in the end may take, all of it.
const FAREWELL: Duration = Duration::from_secs(5);

impl Loki {
    pub(crate) fn open(address: Address) -> Result<(Self, Courier), String> {
        // Whether it can be built is known before anything is sent.
        address.layer()?;
        let (queue, lines) = channel(THINGS);
        let counts = Arc::<Counts>::default();
        let (stop, stopped) = oneshot::channel();
        let route = Route { address, lines, counts: counts.clone() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let thread = std::thread::Builder::new().name("loki".into()).spawn(move || {
            runtime.block_on(route.run(stopped));
            // It would wait for whoever still asks for the address of Loki.
            runtime.shutdown_background();
        });
        let thread = thread.map_err(|error| error.to_string())?;
        Ok((Self { queue, counts }, Courier { stop: Some(stop), thread: Some(thread) }))
    }

    pub(crate) fn send(&self, line: Line) {
        let size = line.size();
        let has_room = self.counts.waiting.enter(size);
        if has_room && self.queue.try_send(line).is_ok() {
            return;
        }
        if has_room {
            self.counts.waiting.leave(1, size);
        }
        self.counts.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> LineCounts {
        LineCounts {
            sink: "loki",
            written: self.counts.delivered.load(Ordering::Relaxed),
            dropped: self.counts.dropped.load(Ordering::Relaxed),
            waiting: self.counts.waiting.things() as u64,
        }
    }
}

impl Courier {
    /// Brings what waits, as far as that can be done in time.
    pub(crate) fn close(mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It fails if it panicked, which was printed.
            let _ = thread.join();
        }
    }
}

/// Resolves once there shall be no more.
type Stopped = Shared<Map<oneshot::Receiver<()>, fn(Result<(), oneshot::error::RecvError>)>>;

struct Route {
    address: Address,
    lines: Receiver<Line>,
    counts: Arc<Counts>,
}

impl Route {
    async fn run(mut self, stopped: oneshot::Receiver<()>) {
        let stopped: Stopped = stopped.map(drop as fn(_)).shared();
        let too_late = stopped.clone().then(|()| sleep(FAREWELL));
        let mut batch = Vec::new();
        tokio::select! {
            () = self.bring(&mut batch, stopped) => {}
            () = too_late => {}
        }
        self.lines.close();
        while self.lines.recv_many(&mut batch, THINGS).await > 0 {}
        self.settle(&mut batch, false);
    }

    /// Brings lines until it is stopped, and then those that wait, or what Loki takes of them.
    async fn bring(&mut self, batch: &mut Vec<Line>, stopped: Stopped) {
        while let Some(()) = self.gather(batch, stopped.clone()).await {
            let delivered = self.deliver_at_last(batch, stopped.clone()).await;
            self.settle(batch, delivered);
        }
        self.lines.close();
        let mut delivered = true;
        while delivered {
            self.top_up(batch);
            if batch.is_empty() {
                return;
            }
            delivered = self.deliver(batch).await;
            self.settle(batch, delivered);
        }
    }

    /// None once it is stopped, or nobody is left who could say anything.
    async fn gather(&mut self, batch: &mut Vec<Line>, stopped: Stopped) -> Option<()> {
        tokio::select! {
            biased;
            () = stopped.clone() => return None,
            taken = self.lines.recv_many(batch, BATCH) => if taken == 0 { return None },
        }
        if batch.len() < BATCH {
            tokio::select! {
                () = stopped => return None,
                () = sleep(INTERVAL) => self.top_up(batch),
            }
        }
        Some(())
    }

    fn top_up(&mut self, batch: &mut Vec<Line>) {
        while batch.len() < BATCH
            && let Ok(line) = self.lines.try_recv()
        {
            batch.push(line);
        }
    }

    fn settle(&self, batch: &mut Vec<Line>, delivered: bool) {
        let counter = if delivered { &self.counts.delivered } else { &self.counts.dropped };
        counter.fetch_add(batch.len() as u64, Ordering::Relaxed);
        self.counts.waiting.leave(batch.len(), batch.iter().map(Line::size).sum());
        batch.clear();
    }

    async fn deliver_at_last(&self, batch: &[Line], stopped: Stopped) -> bool {
        let mut pause = INTERVAL;
        for _ in 1..ATTEMPTS {
            if self.deliver(batch).await {
                return true;
            }
            tokio::select! {
                () = stopped.clone() => break,
                () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
        self.deliver(batch).await
    }

    /// One request. The queue of `tracing-loki` has no bound, and its task does not tell what became of lines: so each batch has a
    /// layer and a task of its own, which ends when the batch was sent, and complains if it could not be. It sends what it could
    /// take at once, so that tokio must not interrupt it after a hundred lines or so.
    async fn deliver(&self, batch: &[Line]) -> bool {
        let Ok((layer, end, task)) = self.address.layer() else { return false };
        let lines = Dispatch::new(Registry::default().with(layer));
        tracing::dispatcher::with_default(&lines, || batch.iter().for_each(say));
        drop(lines);
        // Were there nobody left who could say more, the task would ask in a loop whether somebody does.
        end.shutdown().await;
        let complained = Arc::<Notify>::default();
        let task = task.with_subscriber(Registry::default().with(Complaints(complained.clone())));
        // It would try again by itself, with pauses of its own.
        tokio::select! {
            biased;
            () = complained.notified() => false,
            ended = timeout(PATIENCE, unconstrained(task)) => ended.is_ok() && complained.notified().now_or_never().is_none(),
        }
    }
}

impl Address {
    fn layer(&self) -> Result<(tracing_loki::Layer, BackgroundTaskController, BackgroundTask), String> {
        let builder = tracing_loki::builder().label("service_name", "linli");
        let builder = builder.and_then(|builder| builder.label("env", &self.environment));
        let builder = match &self.tenant {
            Some(tenant) => builder.and_then(|builder| builder.http_header("X-Scope-OrgID", tenant)),
            None => builder,
        };
        builder.and_then(|builder| builder.build_controller_url(self.url.clone())).map_err(|error| error.to_string())
    }
}

/// Tells if `tracing-loki` says anything at all: it does when it fails.
struct Complaints(Arc<Notify>);

impl<S: Subscriber> Layer<S> for Complaints {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target().starts_with("tracing_loki") && *metadata.level() <= Level::WARN
    }

    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        self.0.notify_one();
    }
}
