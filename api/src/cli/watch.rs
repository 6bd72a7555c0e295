use std::sync::Mutex;

use anyhow::Context;
use observability::Telemetry;
use poem::listener::TcpAcceptor;
use tokio::task::JoinHandle;

use crate::doors::admin::{self, Watched};
use crate::mail::MailRoom;

/// Who watches a process that runs for long, and where.
pub(super) struct Watch {
    pub(super) telemetry: Telemetry,
    /// Whether the log leaves standard output to people.
    pub(super) is_for_people: bool,
    door: Option<TcpAcceptor>,
}

/// Ends when it is dropped.
pub(super) struct Watching(Option<JoinHandle<()>>);

impl Watch {
    pub(super) async fn open(telemetry: Telemetry, config: &observability::Config) -> anyhow::Result<Self> {
        let door = match config.metrics_listen {
            Some(listen) => {
                let opened = admin::open(listen).await;
                let reason = || format!("can't listen at {listen} (choose another address with --metrics-listen)");
                Some(opened.with_context(reason)?)
            }
            None => None,
        };
        Ok(Self { telemetry, is_for_people: config.is_for_people(), door })
    }

    pub(super) fn begin(self, postgres: &db::Postgres, memory: &db::Memory, mail: Option<MailRoom>) -> Watching {
        let watched = Watched {
            telemetry: self.telemetry,
            postgres: postgres.clone(),
            memory: memory.clone(),
            mail,
            measured: Mutex::default(),
        };
        Watching(self.door.map(|door| {
            tracing::info!(address = ?admin::addresses(&door), "showing metrics");
            tokio::spawn(admin::serve(door, watched))
        }))
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        if let Some(serving) = &self.0 {
            serving.abort();
        }
    }
}
