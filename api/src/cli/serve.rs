use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use super::storage::{Private, Storage};
use super::{import, seed};
use crate::app::App;
use crate::config::Config;
use crate::shops::opening_times;
use crate::token::Tokens;
use crate::{schema, server};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    server: Config,

    /// Leave a new private database empty, instead of filling it with the sample: real places, generated people
    #[arg(long, env = "LINLI_NO_SAMPLE")]
    no_sample: bool,
}

pub(super) async fn run(database: &db::Config, options: Options) -> anyhow::Result<ExitCode> {
    let mut stop = std::pin::pin!(asked_to_stop());
    let storage = tokio::select! {
        storage = Storage::open(database, Private::Alone) => storage?,
        () = &mut stop => return Ok(ExitCode::SUCCESS),
    };
    let served = tokio::select! {
        prepared = prepare(&storage, database, &options) => match prepared {
            Ok(tokens) => serve(&storage, tokens, options.server, stop).await,
            Err(error) => Err(error),
        },
        () = &mut stop => Ok(()),
    };
    storage.close().await;
    served.map(|()| ExitCode::SUCCESS)
}

/// Resolves once the process is asked to stop, by Ctrl-C or SIGTERM.
pub(super) async fn asked_to_stop() {
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => terminate.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate => {}
    }
}

async fn prepare(storage: &Storage, database: &db::Config, options: &Options) -> anyhow::Result<Option<Tokens>> {
    let empty = !db::Shop::exists_any(&mut *storage.postgres.conn().await?).await?;
    if storage.is_private() && empty && !options.no_sample {
        import::sample(&storage.postgres).await?;
        seed::run(&storage.postgres, &crate::seed::Options::sample()).await?;
    }
    match &options.server.signing_key {
        Some(file) => Tokens::read(file).map(Some),
        None if storage.is_private() => Tokens::read_or_create(&database.data_dir.join("signing-key.pem")).map(Some),
        None => Ok(None),
    }
}

async fn serve(
    storage: &Storage,
    tokens: Option<Tokens>,
    config: Config,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let listen = config.listen;
    let app = App { config, postgres: storage.postgres.clone(), schema: schema::build(), tokens };
    let upkeep = tokio::spawn(opening_times::keep_fresh(storage.postgres.clone()));
    let served = server::serve(Arc::new(app), stop, |address| {
        tracing::info!(%address, "serving");
        if storage.is_private() {
            welcome(address);
        }
    })
    .await;
    upkeep.abort();
    served.with_context(|| format!("can't serve at {listen} (choose another with --listen)"))
}

/// For whoever tries Linli out; those who run it for others read the log.
fn welcome(address: &str) {
    let query =
        r#"{"query":"{ searchShops(query: \"coffee\", first: 3) { edges { node { name rating { average } } } } }"}"#;
    let welcome = format!(
        "\nLinli is ready.\n\n  GraphiQL  {address}/\n  GraphQL   {address}/graphql\n\n  \
         curl {address}/graphql -H 'content-type: application/json' -d '{query}'\n"
    );
    // A closed standard output is no reason not to serve.
    let _ = super::print(&welcome);
}
