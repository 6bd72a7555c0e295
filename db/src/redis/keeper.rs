use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{RedisResult, cmd};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Backoff;
use super::connection::{Connection, try_out};
use super::link::{Shared, Way};

/// Looks for Redis while it is away, and whether it still is there while nobody asks. It works until it is dropped.
pub(super) struct Keeper(JoinHandle<()>);

/// How long a connection may rest before it is tried.
const REST: Duration = Duration::from_secs(1);

impl Keeper {
    pub(super) async fn start(shared: Arc<Shared>) -> Self {
        match connect(&shared).await {
            Ok(connection) => shared.set(Way { number: 0, connection, since: Instant::now() }),
            Err(error) => tracing::warn!(%error, "Redis can't be reached; going on without it"),
        }
        Self(tokio::spawn(async move {
            for number in 1.. {
                keep(&shared).await;
                let connection = reconnect(&shared).await;
                shared.set(Way { number, connection, since: Instant::now() });
            }
        }))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Shared {
    fn set(&self, way: Way) {
        self.way.send_replace(Some(way));
        tracing::info!("Redis is there");
    }
}

/// Returns once the connection is lost.
async fn keep(shared: &Shared) {
    let mut way = shared.way.subscribe();
    while way.borrow_and_update().is_some() {
        tokio::select! {
            _ = way.changed() => {}
            // What is wrong, `Shared` concludes.
            () = sleep(REST) => drop(shared.run_anywhere(&[cmd("PING")]).await),
        }
    }
}

async fn reconnect(shared: &Shared) -> Connection {
    let mut backoff = Backoff::new();
    loop {
        backoff.wait().await;
        match connect(shared).await {
            Ok(connection) => return connection,
            Err(error) => tracing::debug!(%error, "Redis is still away"),
        }
    }
}

async fn connect(shared: &Shared) -> RedisResult<Connection> {
    let mut connection = Connection::open(&shared.place, shared.longest_wait).await?;
    try_out(&mut connection, shared.longest_wait).await?;
    Ok(connection)
}
