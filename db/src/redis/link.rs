use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use redis::{Arg, Cmd, FromRedisValue, RedisResult, Value};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::Instrument;
use tracing::field::Empty;

use super::address::Place;
use super::connection::Connection;
use super::counters::Counters;
use super::error::is_end_of_connection;
use super::keeper::Keeper;
use super::{Counts, Error, Result};
use crate::Watch;
use crate::watch::{Server, failed};

/// The way to Redis, cheap to clone. While there is none, commands fail at once; nobody waits for it to be found again, which happens
/// in the background.
#[derive(Clone)]
pub struct Link {
    shared: Arc<Shared>,
    _keeper: Arc<Keeper>,
}

pub(super) struct Shared {
    pub(super) place: Place,
    prefix: String,
    pub(super) longest_wait: Duration,
    pub(super) way: watch::Sender<Option<Way>>,
    timed_out_in_a_row: AtomicU32,
    counters: Counters,
    watch: OnceLock<Arc<dyn Watch>>,
    server: Server,
}

/// A connection, and which one it is: what fails late on an old one says nothing about the new.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) number: u64,
    pub(super) connection: Connection,
    pub(super) since: Instant,
}

/// How many time-outs in a row make a connection useless.
const PATIENCE: u32 = 5;

impl Link {
    /// Makes one attempt to connect before it returns.
    pub(crate) async fn open(place: Place, prefix: String, longest_wait: Duration) -> Self {
        let shared = Arc::new(Shared {
            server: place.server(),
            place,
            prefix,
            longest_wait,
            way: watch::Sender::new(None),
            timed_out_in_a_row: AtomicU32::new(0),
            counters: Counters::default(),
            watch: OnceLock::new(),
        });
        let keeper = Keeper::start(shared.clone()).await;
        Self { shared, _keeper: Arc::new(keeper) }
    }

    /// Whoever comes first watches for good.
    pub fn watched_by(&self, watch: Arc<dyn Watch>) {
        let _ = self.shared.watch.set(watch);
    }

    /// The name of a key or a channel, as all commands must use it: installations may share a server.
    pub fn prefixed(&self, name: &str) -> String {
        format!("{}:{name}", self.shared.prefix)
    }

    pub fn is_up(&self) -> bool {
        self.shared.way.borrow().is_some()
    }

    /// For how long; none if it is away.
    pub fn up_for(&self) -> Option<Duration> {
        self.shared.way.borrow().as_ref().map(|way| way.since.elapsed())
    }

    /// For whoever has time: waits until there is a connection.
    pub async fn until_up(&self) {
        let mut way = self.shared.way.subscribe();
        // The sender lives as long as this link.
        way.wait_for(Option::is_some).await.ok();
    }

    pub fn counts(&self) -> Counts {
        self.shared.counters.read()
    }

    pub async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        self.shared.run(command).await
    }

    /// Runs commands in one round trip, or, on a cluster, each by itself at the same time. They are no transaction: others may come between, and
    /// when one fails, the others may have been run.
    pub async fn run_all(&self, commands: &[Cmd]) -> Result<Vec<Value>> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let mut way = self.shared.way()?;
        self.shared.wait(("PIPELINE", commands.len()), way.number, way.connection.run_all(commands)).await
    }

    /// Runs commands that concern no key in one round trip, on whichever node of a cluster.
    pub(crate) async fn run_anywhere(&self, commands: &[Cmd]) -> Result<()> {
        self.shared.run_anywhere(commands).await
    }

    pub(crate) fn place(&self) -> &Place {
        &self.shared.place
    }

    pub(crate) fn longest_wait(&self) -> Duration {
        self.shared.longest_wait
    }
}

impl Shared {
    fn way(&self) -> Result<Way> {
        let way = self.way.borrow().clone();
        way.ok_or_else(|| {
            self.counters.turned_away.add();
            Error::Away
        })
    }

    pub(super) async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        let mut way = self.way()?;
        self.wait((name_of(command), 1), way.number, way.connection.run(command)).await
    }

    pub(super) async fn run_anywhere(&self, commands: &[Cmd]) -> Result<()> {
        let mut way = self.way()?;
        let first = commands.first().map(name_of).unwrap_or_default();
        self.wait((first, commands.len()), way.number, way.connection.run_anywhere(commands)).await.map(drop)
    }

    /// Waits for an answer to so many commands, but not long, and draws its conclusions.
    async fn wait<T>(
        &self,
        (command, count): (&str, usize),
        number: u64,
        answer: impl Future<Output = RedisResult<T>>,
    ) -> Result<T> {
        let span = tracing::debug_span!(
            "redis",
            otel.kind = "client",
            otel.name = command,
            otel.status_code = Empty,
            db.system.name = "redis",
            db.operation.name = command,
            db.operation.batch.size = (count > 1).then_some(count),
            error.type = Empty,
            server.address = self.server.address,
            server.port = self.server.port,
        );
        let started = Instant::now();
        self.counters.sent.add();
        let answered = timeout(self.longest_wait, answer).instrument(span.clone()).await;
        let error = match &answered {
            Ok(Ok(_)) => None,
            Ok(Err(error)) if !error.is_timeout() => Some("failed"),
            _ => Some("timed_out"),
        };
        if let Some(error) = error {
            failed(&span, error);
        }
        if let Some(watch) = self.watch.get() {
            watch.command(command, started.elapsed(), error);
        }
        match answered {
            Ok(Ok(value)) => {
                self.timed_out_in_a_row.store(0, Ordering::Relaxed);
                Ok(value)
            }
            Ok(Err(error)) if error.is_timeout() => Err(self.timed_out(number)),
            Ok(Err(error)) => {
                self.counters.failed.add();
                self.failed(number, &error);
                Err(error.into())
            }
            Err(_) => Err(self.timed_out(number)),
        }
    }

    fn timed_out(&self, number: u64) -> Error {
        self.counters.timed_out.add();
        self.lose_patience(number, &Error::TimedOut);
        Error::TimedOut
    }

    fn failed(&self, number: u64, error: &redis::RedisError) {
        if !is_end_of_connection(error) {
            self.timed_out_in_a_row.store(0, Ordering::Relaxed);
        } else if self.is_cluster() {
            // It is one node of several, to which the connection finds back by itself.
            self.lose_patience(number, error);
        } else {
            self.lose(number, error);
        }
    }

    fn is_cluster(&self) -> bool {
        matches!(self.place, Place::Cluster(_))
    }

    fn lose_patience(&self, number: u64, cause: &dyn fmt::Display) {
        if self.timed_out_in_a_row.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE {
            self.lose(number, cause);
        }
    }

    fn lose(&self, number: u64, cause: &dyn fmt::Display) {
        let lost = self.way.send_if_modified(|way| way.take_if(|way| way.number == number).is_some());
        if lost {
            self.timed_out_in_a_row.store(0, Ordering::Relaxed);
            self.counters.lost.add();
            tracing::warn!(%cause, "Redis is away; going on without it");
        }
    }
}

fn name_of(command: &Cmd) -> &str {
    match command.args_iter().next() {
        Some(Arg::Simple(name)) => std::str::from_utf8(name).unwrap_or_default(),
        _ => "",
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("is_up", &self.is_up()).field("counts", &self.counts()).finish_non_exhaustive()
    }
}
