//! The database that a command works on: the one it was given, or a private one.

use std::process::ExitCode;

use anyhow::Context;
use db::embedded::{Embedded, Options};
use db::{DatabaseUrl, Postgres};

/// A migrated database.
pub(super) struct Storage {
    pub(super) postgres: Postgres,
    embedded: Option<Embedded>,
}

/// Whether a process may share the private server of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Private {
    Alone,
    Shared,
}

impl Storage {
    pub(super) async fn open(config: &db::Config, private: Private) -> anyhow::Result<Self> {
        let (url, embedded) = match &config.database_url {
            Some(url) => (url.clone(), None),
            None => {
                let (url, embedded) = start(config, private).await?;
                (url, Some(embedded))
            }
        };
        match Self::migrated(&url, config).await {
            Ok(postgres) => Ok(Self { postgres, embedded }),
            Err(error) => {
                stop(embedded).await;
                Err(error)
            }
        }
    }

    async fn migrated(url: &DatabaseUrl, config: &db::Config) -> anyhow::Result<Postgres> {
        let migrations = db::migrate(url).await.context("the database can't be brought up to date")?;
        for migration in migrations {
            tracing::info!(migration, "migrated");
        }
        Ok(Postgres::new(url, config)?)
    }

    pub(super) fn is_private(&self) -> bool {
        self.embedded.is_some()
    }

    pub(super) async fn close(self) {
        drop(self.postgres);
        stop(self.embedded).await;
    }
}

/// What shells expect of a program that was interrupted.
const INTERRUPTED: u8 = 130;

/// Does some work on the database, and leaves nothing running behind.
pub(super) async fn with(
    config: &db::Config,
    work: impl AsyncFnOnce(Postgres) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let storage = Storage::open(config, Private::Shared).await?;
    let done = tokio::select! {
        done = work(storage.postgres.clone()) => done.map(|()| ExitCode::SUCCESS),
        () = super::serve::asked_to_stop() => Ok(ExitCode::from(INTERRUPTED)),
    };
    storage.close().await;
    done
}

pub(super) async fn start(config: &db::Config, private: Private) -> anyhow::Result<(DatabaseUrl, Embedded)> {
    let options = Options { data_dir: config.data_dir.clone(), bin_dir: config.postgres_bin.clone() };
    let embedded = match private {
        Private::Alone => Embedded::start(&options).await,
        Private::Shared => Embedded::start_or_join(&options).await,
    };
    let embedded = embedded.context("the private PostgreSQL server can't be started")?;
    let url = embedded.url().parse().map_err(anyhow::Error::msg)?;
    Ok((url, embedded))
}

async fn stop(embedded: Option<Embedded>) {
    if let Some(embedded) = embedded {
        embedded.stop().await;
    }
}
