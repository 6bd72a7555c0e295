//! Restarts a server that dies, until it is told to stop.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, sleep};

use super::cluster::Cluster;
use super::lock::Lock;
use super::postmaster::Postmaster;

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A server that lived so long is not in a loop of failures.
const LONG_LIFE: Duration = Duration::from_secs(30);

const LOG_BOUNDED_EVERY: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Supervisor {
    /// Dropping it is the word to stop, too.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Supervisor {
    pub(super) fn watch(cluster: Cluster, postmaster: Postmaster, lock: Lock) -> Self {
        let (stop, told) = oneshot::channel();
        let task = tokio::spawn(async move {
            let last = keep_alive(&cluster, postmaster, told).await;
            if let Err(error) = lock.conceal() {
                tracing::warn!(%error, "others may yet try to join");
            }
            if let Some(last) = last {
                last.stop().await;
            }
            tracing::info!("PostgreSQL stopped");
            // Not before: who gets the lock next shall find no server.
            drop(lock);
        });
        Self { stop, task }
    }

    pub(super) async fn stop(self) {
        let _ = self.stop.send(());
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the supervisor of PostgreSQL failed");
        }
    }
}

/// Returns when told to stop, with the server that is then alive.
async fn keep_alive(
    cluster: &Cluster,
    mut postmaster: Postmaster,
    mut told: oneshot::Receiver<()>,
) -> Option<Postmaster> {
    let mut pause = SHORTEST_PAUSE;
    loop {
        let born = Instant::now();
        tokio::select! {
            _ = &mut told => return Some(postmaster),
            status = postmaster.ended() => {
                tracing::error!(status, log = %cluster.log.path.display(), "PostgreSQL died");
            }
            never = keep_bounded(cluster) => match never {},
        }
        if born.elapsed() > LONG_LIFE {
            pause = SHORTEST_PAUSE;
        }
        postmaster = loop {
            tokio::select! {
                _ = &mut told => return None,
                () = sleep(pause) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            // Whether it gets ready shows in whether it lives.
            match cluster.spawn().await {
                Ok(postmaster) => break postmaster,
                Err(error) => tracing::error!(%error, "PostgreSQL cannot be restarted"),
            }
        };
        tracing::info!("PostgreSQL was restarted");
    }
}

async fn keep_bounded(cluster: &Cluster) -> std::convert::Infallible {
    let mut clock = interval(LOG_BOUNDED_EVERY);
    loop {
        clock.tick().await;
        cluster.log.bound().await;
    }
}
