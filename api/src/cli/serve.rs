use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use observability::Telemetry;
use tokio::signal::unix::{SignalKind, signal};

use super::storage::{Private, Storage};
use super::watch::Watch;
use super::{files, import, seed};
use crate::app::App;
use crate::config::Config;
use crate::mail::MailRoom;
use crate::server::Door;
use crate::shops::opening_times;
use crate::tokens::{Tokens, private_key};
use crate::upkeep;
use crate::worker::{self, Worker};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    pub(super) server: Config,

    #[command(flatten)]
    worker: worker::Config,

    /// Leave events to other processes: to `linli worker`, or to other servers
    #[arg(long, env = "LINLI_NO_WORKER", help_heading = "Worker")]
    no_worker: bool,

    /// Leave a new private database empty, instead of filling it with the sample: real places, generated people
    #[arg(long, env = "LINLI_NO_SAMPLE", help_heading = "Server")]
    no_sample: bool,
}

pub(super) const NO_SIGNING_KEY: &str = "with DATABASE_URL, \
     --signing-key (LINLI_SIGNING_KEY) must name the file of the key that signs access tokens; \
     `openssl genpkey -algorithm ed25519 -out FILE` makes one";

pub(super) async fn run(
    database: &db::Config,
    options: Options,
    spoken: &observability::Config,
    telemetry: Telemetry,
) -> anyhow::Result<ExitCode> {
    let listen = options.server.listen;
    let door = Door::open(listen, options.server.live.timeout()).await;
    let door = door.with_context(|| format!("can't listen at {listen} (choose another address with --listen)"))?;
    files::open_many(options.server.live.max_sockets);
    let given = given(database, &options.server)?;
    let watch = Watch::open(telemetry, spoken).await?;

    let mut stop = std::pin::pin!(asked_to_stop());
    let storage = tokio::select! {
        storage = Storage::open(database, Private::Alone) => storage?,
        () = &mut stop => return Ok(ExitCode::SUCCESS),
    };
    let served = tokio::select! {
        prepared = prepare(&storage, database, &options, given) => match prepared {
            Ok(tokens) => serve(door, &storage, database, tokens, options, watch, stop).await,
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

/// The keys that were given, looked at before anything is made; none where a private installation is to make its own.
fn given(database: &db::Config, config: &Config) -> anyhow::Result<Option<Tokens>> {
    match &config.signing_key {
        Some(file) => Tokens::read(file, &config.accepted_keys).map(Some),
        None if database.database_url.is_some() => bail!(NO_SIGNING_KEY),
        None => Ok(None),
    }
}

async fn prepare(
    storage: &Storage,
    database: &db::Config,
    options: &Options,
    given: Option<Tokens>,
) -> anyhow::Result<Tokens> {
    let tokens = match given {
        Some(tokens) => tokens,
        None => Tokens::read_or_create(&private_key(&database.data_dir), &options.server.accepted_keys)?,
    };
    for file in tokens.exposed() {
        tracing::warn!(file = %file.display(), "others than its owner may read this private key");
    }
    if storage.is_private() && !options.no_sample {
        fill_with_sample(storage, database).await?;
    }
    Ok(tokens)
}

/// Fills an empty database, or one that was left half full.
async fn fill_with_sample(storage: &Storage, database: &db::Config) -> anyhow::Result<()> {
    let unfinished = database.data_dir.join("sample-unfinished");
    let empty = !db::Shop::exists_any(&mut *storage.postgres.conn().await?).await?;
    if !empty && !unfinished.exists() {
        return Ok(());
    }
    fs::write(&unfinished, "").with_context(|| format!("can't write {}", unfinished.display()))?;
    import::sample(&storage.postgres).await?;
    if !db::User::exists_any(&mut *storage.postgres.conn().await?).await? {
        seed::run(&storage.postgres, &crate::seed::Options::sample()).await?;
    }
    fs::remove_file(&unfinished).with_context(|| format!("can't remove {}", unfinished.display()))
}

async fn serve(
    door: Door,
    storage: &Storage,
    database: &db::Config,
    tokens: Tokens,
    options: Options,
    watch: Watch,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let Options { server: config, worker, no_worker, .. } = options;
    let mail = MailRoom::from_config(&config.mail, storage.is_private())?;
    if !mail.can_send() {
        tracing::warn!(
            "codes by e-mail are off: set LINLI_SMTP_URL (--smtp-url), or LINLI_LOG_MAIL (--log-mail) to try"
        );
    }
    let memory = db::Memory::connect(database).await.map_err(anyhow::Error::msg)?;
    let app =
        App::new(config, storage.postgres.clone(), memory.clone(), tokens, mail.clone(), watch.telemetry.clone())?;
    let visits = app.visits.clone();
    let postgres = storage.postgres.clone();
    let (worker, stop_working) = Worker::new(postgres.clone(), memory.clone(), watch.telemetry.clone(), &worker);
    let working = (!no_worker).then(|| tokio::spawn(worker.run()));
    let (counting, rows) = (visits.clone(), memory.rows.clone());
    let upkeep = tokio::spawn(async move {
        tokio::join!(
            opening_times::keep_fresh(postgres.clone()),
            upkeep::keep_forgetting(postgres.clone()),
            counting.keep_storing(postgres.clone()),
            warm_up(&rows, &postgres),
        )
    });
    let address = format!("http://{}", door.address);
    tracing::info!(%address, "serving");
    let welcomes = watch.is_for_people;
    let _watching = watch.begin(&storage.postgres, &memory, Some(mail.clone()));
    if storage.is_private() && welcomes {
        welcome(&address);
    }
    let serving = async {
        let served = door.serve(Arc::new(app), stop).await;
        stop_working.now();
        if let Some(working) = working {
            // It fails if it panicked, which was logged.
            let _ = working.await;
        }
        if let Err(error) = visits.store(&storage.postgres).await {
            tracing::warn!(%error, "the last visits are not counted");
        }
        mail.close().await;
        memory.until_said().await;
        served
    };
    // Who asks twice does not want to wait for requests to finish, nor for mails.
    let asked_twice = async {
        asked_to_stop().await;
        asked_to_stop().await;
    };
    let served = tokio::select! {
        served = serving => served,
        () = asked_twice => Ok(()),
    };
    upkeep.abort();
    Ok(served?)
}

/// Has the rows at hand that most people will ask for. Nobody waits for it.
async fn warm_up(rows: &db::Rows, postgres: &db::Postgres) {
    match rows.warm_up(postgres).await {
        Ok(shops) => tracing::debug!(shops, "the cache is warm"),
        Err(error) => tracing::warn!(%error, "the cache is cold"),
    }
}

/// For whoever tries Linli out; those who run it for others read the log, which may be in the same place.
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
