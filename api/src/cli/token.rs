use anyhow::{Context, bail};
use chrono::Duration;

use crate::tokens::{Bearer, Tokens, private_key};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The handle of the user
    handle: String,

    /// How long the token is to be good for, in hours
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(i64).range(1..=8_760))]
    hours: i64,

    /// Ed25519 private key that the server verifies tokens with; by default, that of the data directory
    #[arg(long, env = "LINLI_SIGNING_KEY", value_name = "FILE")]
    signing_key: Option<std::path::PathBuf>,
}

pub(super) async fn run(postgres: &db::Postgres, database: &db::Config, options: &Options) -> anyhow::Result<()> {
    let tokens = match &options.signing_key {
        Some(file) => Tokens::read(file, &[])?,
        None if database.database_url.is_none() => Tokens::read_or_create(&private_key(&database.data_dir), &[])?,
        None => bail!("with DATABASE_URL, --signing-key must say which key the server uses"),
    };
    let user = db::User::find_by_handle(&mut *postgres.conn().await?, &options.handle).await?;
    let user = user.with_context(|| format!("there is no user with the handle `{}`", options.handle))?;
    let bearer = Bearer { user: user.id, session: None };
    super::print(&tokens.issue(bearer, Duration::hours(options.hours))?)?;
    Ok(())
}
