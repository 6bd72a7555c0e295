//! What the program says of itself. Nothing in here knows a domain.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::format::FmtSpan;

/// What is logged, and how.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Telemetry")]
#[group(id = "telemetry")]
pub struct Config {
    /// What to log: a level, or levels by module, such as `info,db=debug`
    #[arg(long, env = "LINLI_LOG", value_name = "FILTER", default_value = "info", global = true, value_parser = filter)]
    pub log: String,

    /// How to write the log: for people, or a JSON object per line (by default: for people on a terminal, else JSON)
    #[arg(long, env = "LINLI_LOG_FORMAT", value_name = "FORMAT", global = true)]
    pub log_format: Option<LogFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// Begins to log to standard error. Call once, before anything else.
pub fn start(config: &Config) {
    let terminal = std::io::stderr().is_terminal();
    let format = config.log_format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&config.log))
        .with_span_events(FmtSpan::NONE)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => subscriber.with_ansi(terminal).with_target(false).init(),
        LogFormat::Json => subscriber.json().flatten_event(true).with_current_span(true).with_span_list(false).init(),
    }
}

fn filter(filter: &str) -> Result<String, ParseError> {
    EnvFilter::builder().parse(filter).map(|_| filter.to_owned())
}
