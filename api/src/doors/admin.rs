//! A port for those who watch: metrics and health. It is not for the public.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use observability::metrics::{Alone, CONTENT_TYPE, Cache, CacheResult, Outcome, Pool, PoolState, Queue};
use observability::{Metrics, Telemetry};
use poem::http::StatusCode;
use poem::listener::{Acceptor, TcpAcceptor};
use poem::middleware::AddData;
use poem::web::Data;
use poem::{EndpointExt, Response, Route, Server, get, handler};
use tokio::time::timeout;

use crate::mail::MailRoom;
use crate::worker::OUTBOX;

/// What is looked at when somebody asks.
pub(crate) struct Watched {
    pub(crate) telemetry: Telemetry,
    pub(crate) postgres: db::Postgres,
    pub(crate) memory: db::Memory,
    /// None in a process that sends no mails.
    pub(crate) mail: Option<MailRoom>,
    /// When the outbox was measured last, which takes a statement.
    pub(crate) measured: Mutex<Option<Instant>>,
}

pub(super) const POOL: Pool = Pool { db_client_connection_pool_name: "postgresql" };

/// How long what was measured of the outbox stands, and how long it may take.
const BACKLOG: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(2);

/// Takes a port, and serves there until the task is aborted.
pub(crate) async fn open(listen: SocketAddr) -> io::Result<TcpAcceptor> {
    TcpAcceptor::from_tokio(tokio::net::TcpListener::bind(listen).await?)
}

/// Where it is, even if any port was asked for.
pub(crate) fn addresses(door: &TcpAcceptor) -> Vec<String> {
    let of = |address: poem::Addr| address.as_socket_addr().map(|address| format!("http://{address}"));
    door.local_addr().into_iter().filter_map(|address| of(address.0)).collect()
}

pub(crate) async fn serve(door: TcpAcceptor, watched: Watched) {
    let routes = Route::new()
        .at("/metrics", get(all))
        .at("/health/live", get(live))
        .at("/health/ready", get(ready))
        .with(AddData::new(Arc::new(watched)));
    if let Err(error) = Server::new_with_acceptor(door).run(routes).await {
        tracing::error!(%error, "metrics are no longer served");
    }
}

#[handler]
async fn all(Data(watched): Data<&Arc<Watched>>) -> Response {
    watched.look().await;
    Response::builder().content_type(CONTENT_TYPE).body(watched.telemetry.render())
}

/// Whether the process lives.
#[handler]
pub(crate) fn live() -> &'static str {
    "ok"
}

/// Whether the database can be reached.
#[handler]
async fn ready(Data(watched): Data<&Arc<Watched>>) -> (StatusCode, &'static str) {
    readiness(&watched.postgres).await
}

pub(crate) async fn readiness(postgres: &db::Postgres) -> (StatusCode, &'static str) {
    match postgres.ping().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "PostgreSQL can't be reached"),
    }
}

impl Watched {
    async fn look(&self) {
        let metrics = &self.telemetry.metrics;
        look_at_pool(metrics, &self.postgres);
        look_at_memory(metrics, &self.memory);
        if let Some(mail) = &self.mail {
            look_at_mail(metrics, mail);
        }
        let is_old = {
            let mut measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
            let is_old = measured.is_none_or(|measured| measured.elapsed() >= BACKLOG);
            if is_old {
                *measured = Some(Instant::now());
            }
            is_old
        };
        if is_old {
            // Without an answer, what was known before stands.
            let _ = timeout(PATIENCE, look_at_outbox(metrics, &self.postgres)).await;
        }
    }
}

fn look_at_pool(metrics: &Metrics, postgres: &db::Postgres) {
    let pool = postgres.pool();
    let state = |state| PoolState { db_client_connection_state: state, db_client_connection_pool_name: "postgresql" };
    metrics.db_client_connection_count.set(&state("used"), pool.used as f64);
    metrics.db_client_connection_count.set(&state("idle"), pool.idle as f64);
    metrics.db_client_connection_max.set(&POOL, pool.max as f64);
    metrics.db_client_connection_pending_requests.set(&POOL, pool.waiting as f64);
}

fn look_at_memory(metrics: &Metrics, memory: &db::Memory) {
    if let Some(redis) = memory.redis() {
        metrics.redis_link_up.set(&Alone, f64::from(u8::from(redis.is_up())));
        let counts = redis.counts();
        let outcomes = [
            ("sent", counts.sent),
            ("failed", counts.failed),
            ("timed_out", counts.timed_out),
            ("turned_away", counts.turned_away),
        ];
        for (outcome, count) in outcomes {
            metrics.redis_link_commands.reach(&Outcome { outcome }, count);
        }
    }
    for (cache, counts) in memory.rows.counts() {
        let results = [
            ("memory", counts.hits_in_process),
            ("redis", counts.hits_in_redis),
            ("stale", counts.renewed),
            ("absent", counts.absences),
            ("joined", counts.waited),
            ("loaded", counts.loaded),
        ];
        for (result, count) in results {
            metrics.cache_requests.reach(&CacheResult { cache, result }, count);
        }
        metrics.cache_entries.set(&Cache { cache }, counts.entries as f64);
        metrics.cache_weight.set(&Cache { cache }, counts.bytes as f64);
    }
}

fn look_at_mail(metrics: &Metrics, mail: &MailRoom) {
    let counts = mail.counts();
    for (outcome, count) in [("sent", counts.sent), ("failed", counts.failed), ("dropped", counts.dropped)] {
        metrics.mail_sent.reach(&Outcome { outcome }, count);
    }
}

async fn look_at_outbox(metrics: &Metrics, postgres: &db::Postgres) {
    let Ok(mut conn) = postgres.conn().await else { return };
    let Ok(backlog) = db::outbox::Backlog::measure(&mut conn).await else { return };
    let queue = Queue { messaging_destination_name: OUTBOX };
    let age = backlog.since.map_or(0.0, |since| (chrono::Utc::now() - since).as_seconds_f64().max(0.0));
    metrics.messaging_queue_depth.set(&queue, backlog.waiting as f64);
    metrics.messaging_queue_parked.set(&queue, backlog.parked as f64);
    metrics.messaging_queue_oldest_age.set(&queue, age);
}
