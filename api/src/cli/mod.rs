//! The command line: one binary, whose roles are its subcommands.

mod doctor;
mod events;
mod files;
mod healthcheck;
mod import;
mod postgres;
mod role;
mod seed;
mod serve;
mod storage;
mod token;
mod watch;
mod worker;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use observability::{Build, Output, Telemetry};

use crate::config::Config;
use crate::schema;

/// Linli, a local-life review service behind one GraphQL API
///
/// Without a command, it serves. Without DATABASE_URL, it runs a PostgreSQL server of its own.
#[derive(Debug, Parser)]
#[command(name = "linli", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    database: db::Config,

    #[command(flatten)]
    telemetry: observability::Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API (the default)
    Serve(serve::Options),
    /// Do what follows from events, beside servers that may do so as well
    Worker(worker::Options),
    /// Look after the events that wait for a worker, or were given up
    #[command(subcommand)]
    Events(events::Command),
    /// Bring the database up to date
    Migrate,
    /// Import shops
    #[command(subcommand)]
    Import(Import),
    /// Generate people, and what they write, for the shops there are
    Seed(crate::seed::Options),
    /// Print an access token for a user, to try the API as them
    Token(token::Options),
    /// Make a user a merchant, who may own shops, or a moderator, or neither
    Role(role::Options),
    /// Print the GraphQL schema
    Schema,
    /// Check whether everything is in place, and say what to do where it is not (without DATABASE_URL, on the private server,
    /// which is made if there is none)
    Doctor(Config),
    /// Ask a running server whether it is ready; for containers
    Healthcheck(healthcheck::Options),
    /// Run a command with DATABASE_URL set to the private server (without one: psql)
    Postgres(postgres::Options),
    /// Print a script that completes this command line in a shell
    Completions { shell: Shell },
}

#[derive(Debug, Subcommand)]
enum Import {
    /// Import the shops of an OpenStreetMap extract, or update those that were imported before
    Osm {
        /// An extract in PBF, such as those of <https://download.geofabrik.de>
        file: PathBuf,
    },
}

/// `LINLI_COMMIT` is set by whoever builds from a repository.
const BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: match option_env!("LINLI_COMMIT") {
        Some(commit) => commit,
        None => "unknown",
    },
};

/// The exit code for a command line that can't be understood, which clap uses too.
const USAGE: u8 = 2;

/// Runs the program; the result is what the shell sees.
pub async fn run() -> ExitCode {
    let cli = Cli::parse_from(with_default(std::env::args_os().collect()));
    if let Err(reason) = cli.check() {
        eprintln!("error: {reason}");
        return ExitCode::from(USAGE);
    }
    let (telemetry, closing) = match observability::start(&cli.telemetry, BUILD, cli.command.output()) {
        Ok(started) => started,
        Err(reason) => {
            eprintln!("error: the telemetry can't start: {reason}");
            return ExitCode::FAILURE;
        }
    };
    let code = match execute(cli, telemetry).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    };
    // It fails if it panicked, which was printed.
    let _ = tokio::task::spawn_blocking(|| closing.close()).await;
    code
}

impl Command {
    /// What serves has no result, so that standard output has room for its log.
    fn output(&self) -> Output {
        match self {
            Self::Serve(_) | Self::Worker(_) => Output::Stdout,
            _ => Output::Stderr,
        }
    }
}

impl Cli {
    /// What clap must not check, since it would quote it.
    fn check(&self) -> Result<(), String> {
        self.database.check()?;
        self.telemetry.check()?;
        match &self.command {
            Command::Serve(options) => options.server.mail.check(),
            Command::Doctor(config) => config.mail.check(),
            _ => Ok(()),
        }
    }
}

/// Puts the default command where there is none, so that its options can be given all the same.
fn with_default(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let cli = Cli::command();
    let names = cli.get_subcommands().map(|command| command.get_name());
    let known: Vec<&str> = names.chain(["help", "-h", "--help", "-V", "--version"]).collect();
    let is_known = |argument: &OsString| argument.to_str().is_some_and(|argument| known.contains(&argument));
    if !arguments.iter().skip(1).any(is_known) {
        arguments.insert(arguments.len().min(1), "serve".into());
    }
    arguments
}

async fn execute(cli: Cli, telemetry: Telemetry) -> anyhow::Result<ExitCode> {
    let database = &cli.database;
    match cli.command {
        Command::Serve(options) => serve::run(database, options, &cli.telemetry, telemetry).await,
        Command::Worker(options) => worker::run(database, &options, &cli.telemetry, telemetry).await,
        Command::Events(command) => {
            storage::with(database, async |postgres| events::run(&postgres, command).await).await
        }
        Command::Migrate => storage::with(database, async |_| Ok(())).await,
        Command::Import(Import::Osm { file }) => {
            storage::with(database, async |postgres| import::from_file(&postgres, &file).await).await
        }
        Command::Seed(options) => storage::with(database, async |postgres| seed::run(&postgres, &options).await).await,
        Command::Token(options) => {
            storage::with(database, async |postgres| token::run(&postgres, database, &options).await).await
        }
        Command::Role(options) => storage::with(database, async |postgres| role::run(&postgres, &options).await).await,
        Command::Schema => print(&schema::sdl()),
        Command::Doctor(config) => doctor::run(database, &config).await,
        Command::Healthcheck(options) => healthcheck::run(&options).await,
        Command::Postgres(options) => postgres::run(database, options).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "linli", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
    }
}

/// Prints the result of a command, which is the only thing that goes to standard output.
fn print(text: &str) -> anyhow::Result<ExitCode> {
    use std::io::Write;
    match writeln!(io::stdout(), "{}", text.trim_end()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("can't print"),
        _ => Ok(ExitCode::SUCCESS),
    }
}
