//! A PostgreSQL server of our own, for whoever has not set `DATABASE_URL`.
//!
//! It lives under one folder and belongs to one process at a time:
//!
//! ```text
//! .linli/lock          held by the process that runs the server
//! .linli/holder        its pid and, once the server answers, the URL
//! .linli/linli.conf    our settings, written anew at each start
//! .linli/postgres.log  what the server says
//! .linli/postgres/     the data
//! .linli/run/          the socket, which only we and the server may reach
//! ```

mod account;
mod binaries;
mod cluster;
mod error;
mod home;
mod initdb;
mod lock;
mod log;
mod postmaster;
mod settings;
mod socket;
mod supervisor;

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

pub use self::error::EmbeddedError;

use self::cluster::Cluster;
use self::home::Home;
use self::lock::{Claim, Lock};
use self::supervisor::Supervisor;

type Result<T, E = EmbeddedError> = std::result::Result<T, E>;

/// How long one who joins waits for a server that is being started by another.
const JOIN_WITHIN: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub struct Options {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// The folder of `initdb` and `postgres`; without it, the machine is searched.
    pub bin_dir: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { data_dir: ".linli".into(), bin_dir: None }
    }
}

/// A running server. It is restarted should it die, and stops when this is stopped or dropped.
#[derive(Debug)]
pub struct Embedded {
    url: String,
    /// Absent when another process runs the server.
    supervisor: Option<Supervisor>,
}

impl Embedded {
    /// Starts the server of a folder that no other living process uses.
    pub async fn start(options: &Options) -> Result<Self> {
        let home = Home::settle(&options.data_dir).await?;
        match Claim::stake(&home.dir).await? {
            Claim::Ours(lock) => Self::run(options, home, lock).await,
            Claim::Theirs(holder) => Err(EmbeddedError::Held { dir: home.dir, pid: holder.pid }),
        }
    }

    /// Starts the server, or uses the one that another process of ours runs.
    pub async fn start_or_join(options: &Options) -> Result<Self> {
        let home = Home::settle(&options.data_dir).await?;
        let deadline = Instant::now() + JOIN_WITHIN;
        loop {
            match Claim::stake(&home.dir).await? {
                Claim::Ours(lock) => return Self::run(options, home, lock).await,
                Claim::Theirs(holder) => match holder.url {
                    Some(url) => return Ok(Self { url, supervisor: None }),
                    None if Instant::now() < deadline => {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                    None => {
                        return Err(EmbeddedError::Held { dir: home.dir, pid: holder.pid });
                    }
                },
            }
        }
    }

    /// Where to connect: superuser `linli` of the database `linli`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends all connections, waits until the data is safe, and lets go of the folder.
    /// Does nothing to a server that another process runs.
    pub async fn stop(self) {
        if let Some(supervisor) = self.supervisor {
            supervisor.stop().await;
        }
    }

    async fn run(options: &Options, home: Home, lock: Lock) -> Result<Self> {
        let cluster = Cluster::open(home, options.bin_dir.as_deref()).await?;
        let postmaster = cluster.launch().await?;
        let url = cluster.url();
        lock.publish(&url)?;
        let supervisor = Some(Supervisor::watch(cluster, postmaster, lock));
        Ok(Self { url, supervisor })
    }
}
