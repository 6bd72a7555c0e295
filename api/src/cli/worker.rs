use std::process::ExitCode;

use observability::Telemetry;

use super::storage::{Private, Storage};
use super::watch::Watch;
use crate::worker::{self, Worker};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    worker: worker::Config,
}

/// Works until the process is asked to stop.
pub(super) async fn run(
    database: &db::Config,
    options: &Options,
    spoken: &observability::Config,
    telemetry: Telemetry,
) -> anyhow::Result<ExitCode> {
    let watch = Watch::open(telemetry, spoken).await?;
    let storage = Storage::open(database, Private::Shared).await?;
    let memory = db::Memory::connect(database).await.map_err(anyhow::Error::msg)?;
    let (worker, stop) =
        Worker::new(storage.postgres.clone(), memory.clone(), watch.telemetry.clone(), &options.worker);
    let _watching = watch.begin(&storage.postgres, &memory, None);
    tracing::info!("working");
    let working = tokio::spawn(worker.run());
    super::serve::asked_to_stop().await;
    stop.now();
    // Who asks twice does not want to wait for what is being done.
    tokio::select! {
        // It fails if it panicked, which was logged.
        _ = working => {}
        () = super::serve::asked_to_stop() => {}
    }
    storage.close().await;
    Ok(ExitCode::SUCCESS)
}
