//! The data, with all that is needed to run a server on it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use super::binaries::Binaries;
use super::home::Home;
use super::lock::replace;
use super::log::Log;
use super::postmaster::{self, Postmaster};
use super::{EmbeddedError, Result, initdb, settings, socket};

/// How long the remains of a killed server may take to notice that they are orphans.
const ORPHANS_GONE_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) data: PathBuf,
    pub(super) log: Log,
    home: Home,
    binaries: Binaries,
    settings: PathBuf,
    socket: PathBuf,
}

impl Cluster {
    /// Makes the data where there is none.
    pub(super) async fn open(home: Home, bin_dir: Option<&Path>) -> Result<Self> {
        let data = home.data();
        let binaries = Binaries::find(bin_dir, &data).await?;
        if !data.exists() {
            initdb::make(&home, &binaries).await?;
        }
        let settings = home.dir.join("linli.conf");
        replace(&settings, &settings::for_this_machine())?;
        let socket = socket::folder(&home)?;
        Ok(Self { data, log: Log::of(&home.dir), home, binaries, settings, socket })
    }

    pub(super) fn url(&self) -> String {
        socket::url(&self.socket)
    }

    /// A server that accepts connections.
    pub(super) async fn launch(&self) -> Result<Postmaster> {
        let begun = Instant::now();
        tracing::info!(
            data = %self.data.display(),
            version = self.binaries.major,
            account = self.home.account.name(),
            "starting PostgreSQL",
        );
        loop {
            match self.spawn().await?.ready(&self.log).await {
                Ok(postmaster) => {
                    let took = begun.elapsed();
                    tracing::info!(url = self.url(), ?took, "PostgreSQL is ready");
                    return Ok(postmaster);
                }
                Err(error) if error.blames_orphans() && begun.elapsed() < ORPHANS_GONE_WITHIN => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// A server that was just started, in the place of any other on this data.
    pub(super) async fn spawn(&self) -> Result<Postmaster> {
        postmaster::evict(&self.data, &self.socket).await?;
        let log = self.log.open()?;
        let since = self.log.len();
        let program = self.binaries.postgres();
        let mut command = self.home.account.command(&program);
        command.arg("-D").arg(&self.data);
        // What must hold is said here, where `ALTER SYSTEM` does not reach.
        for setting in ["listen_addresses=", "port=5432", "unix_socket_permissions=0700"] {
            command.args(["-c", setting]);
        }
        for (name, path) in [("config_file", &self.settings), ("unix_socket_directories", &self.socket)] {
            let mut setting = OsString::from(format!("{name}="));
            setting.push(path);
            command.arg("-c").arg(setting);
        }
        let child = log
            .try_clone()
            .and_then(|copy| command.stdout(copy).stderr(log).spawn())
            .map_err(EmbeddedError::io("run", &program))?;
        Ok(Postmaster::new(child, self.data.clone(), since))
    }
}

impl EmbeddedError {
    /// PostgreSQL will not start while a backend of a killed server still works on the data.
    fn blames_orphans(&self) -> bool {
        matches!(self, Self::NotReady { tail, .. } if tail.contains("pre-existing shared memory"))
    }
}
