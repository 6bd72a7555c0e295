use std::fmt::Write;
use std::str::FromStr;

use anyhow::bail;
use chrono::{DateTime, SecondsFormat, Utc};
use db::outbox::{Backlog, Choice, Parked};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Tell how many events wait for a worker, and since when, and how many have been given up
    Status,
    /// List the events that have failed too often and were given up, last first
    Parked {
        /// How many at the most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Have events that were given up tried again
    Retry {
        /// The id of one of them, or `all`
        #[arg(value_parser = choice)]
        event: Choice,
    },
    /// Forget events that were given up, for good
    Drop {
        /// The id of one of them, or `all`
        #[arg(value_parser = choice)]
        event: Choice,
    },
}

pub(super) async fn run(postgres: &db::Postgres, command: Command) -> anyhow::Result<()> {
    let mut conn = postgres.conn().await?;
    let text = match command {
        Command::Status => status(&Backlog::measure(&mut conn).await?, Utc::now()),
        Command::Parked { limit } => list(&Parked::newest(&mut conn, limit).await?),
        Command::Retry { event } => {
            format!("{} to be tried again", found(event, Parked::retry(&mut conn, event).await?)?)
        }
        Command::Drop { event } => format!("{} forgotten", found(event, Parked::delete(&mut conn, event).await?)?),
    };
    super::print(&text)?;
    Ok(())
}

fn status(backlog: &Backlog, now: DateTime<Utc>) -> String {
    let age = backlog.since.map(|since| (now - since).num_seconds().max(0));
    let age = age.map(|seconds| format!(", the oldest for {seconds} s")).unwrap_or_default();
    format!("waiting {}{age}\nparked  {}", backlog.waiting, backlog.parked)
}

fn list(parked: &[Parked]) -> String {
    let mut text = String::new();
    for Parked { id, kind, payload, attempts, parked_at, last_error } in parked {
        let since = parked_at.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true);
        let reason = last_error.as_deref().unwrap_or("for no known reason");
        // Writing to a string can't fail.
        let _ = writeln!(text, "{id}  {kind} {payload}\n  given up {since} after {attempts} attempts: {reason}");
    }
    if text.is_empty() { "no event has been given up".into() } else { text }
}

fn found(choice: Choice, events: usize) -> anyhow::Result<String> {
    match (choice, events) {
        (Choice::One(id), 0) => bail!("no event that was given up has the id {id}"),
        (_, 1) => Ok("1 event".into()),
        (_, events) => Ok(format!("{events} events")),
    }
}

fn choice(text: &str) -> Result<Choice, &'static str> {
    match text {
        "all" => Ok(Choice::All),
        id => db::EventId::from_str(id).map(Choice::One).map_err(|_| "expected the id of an event, or `all`"),
    }
}
