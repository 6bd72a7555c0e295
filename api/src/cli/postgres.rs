use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::storage::{self, Private};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The command and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Keeps the private server running for as long as the command does, and passes on its exit code.
pub(super) async fn run(database: &db::Config, options: Options) -> anyhow::Result<ExitCode> {
    if database.database_url.is_some() {
        bail!("DATABASE_URL is set, so there is no private server");
    }
    let (_, embedded) = storage::start(database, Private::Shared).await?;
    let psql = || vec![OsString::from("psql"), OsString::from(embedded.url())];
    let command = if options.command.is_empty() { psql() } else { options.command };
    let (program, arguments) = command.split_first().context("no command")?;

    let mut command = tokio::process::Command::new(program);
    command.args(arguments).env("DATABASE_URL", embedded.url()).kill_on_drop(true);
    let status = match command.spawn() {
        Ok(mut child) => tokio::select! {
            status = child.wait() => status.map_err(anyhow::Error::from),
            () = super::serve::asked_to_stop() => child.wait().await.map_err(anyhow::Error::from),
        },
        Err(error) => Err(error).with_context(|| format!("{} can't be run", program.display())),
    };
    embedded.stop().await;
    let code = status?.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
