use std::convert::Infallible;
use std::fmt;
use std::io::{IsTerminal, stderr};
use std::net::SocketAddr;

use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use url::Url;

use crate::traces::Protocol;

/// What is told about the program, and to whom.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Telemetry")]
#[group(id = "telemetry")]
pub struct Config {
    /// What to log: a level, or levels by module, such as `info,db=debug`; libraries say nothing below `info`
    #[arg(long, env = "LINLI_LOG", value_name = "FILTER", default_value = "info", global = true, value_parser = filter)]
    pub log: String,

    /// How to write the log: for people, or a JSON object per line (by default: for people on a terminal, else JSON)
    #[arg(long, env = "LINLI_LOG_FORMAT", value_name = "FORMAT", global = true)]
    pub log_format: Option<LogFormat>,

    /// What this installation is called in traces and logs, such as `production`
    #[arg(long, env = "LINLI_ENVIRONMENT", value_name = "NAME", default_value = "development", global = true)]
    pub environment: String,

    /// Where Loki is, such as `http://loki:3100`, to send the log there, too
    #[arg(long, env = "LINLI_LOKI_URL", value_name = "URL", global = true, hide_env_values = true)]
    #[arg(value_parser = WatcherUrl::unchecked)]
    pub loki_url: Option<WatcherUrl>,

    /// For which tenant of Loki lines are
    #[arg(long, env = "LINLI_LOKI_TENANT", value_name = "ID", global = true)]
    pub loki_tenant: Option<String>,

    /// Where to send traces by OTLP, such as `http://jaeger:4317` (by default, none are recorded)
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", global = true, hide_env_values = true)]
    #[arg(value_parser = WatcherUrl::unchecked)]
    pub otlp_endpoint: Option<WatcherUrl>,

    /// How to send them
    #[arg(long, env = "OTEL_EXPORTER_OTLP_PROTOCOL", value_name = "PROTOCOL", default_value = "grpc", global = true)]
    pub(crate) otlp_protocol: Protocol,

    /// How many of all traces to record, from 0 to 1
    #[arg(long, env = "LINLI_TRACE_RATIO", value_name = "RATIO", default_value_t = 0.1, global = true, value_parser = ratio)]
    pub trace_ratio: f64,

    /// Networks whose `traceparent` says which trace a request belongs to, and whether it is recorded; from others, it is only linked to
    #[arg(long, env = "LINLI_TRACE_PEERS", value_name = "NETWORKS", value_delimiter = ',', global = true)]
    pub trace_peers: Vec<IpNet>,

    /// Most spans of a trace in one process
    #[arg(long, env = "LINLI_MAX_SPANS", value_name = "N", default_value_t = 500, global = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub max_spans: u32,

    /// Where `serve` and `worker` show their metrics (at `/metrics`) and health, such as `0.0.0.0:9464`; not for the public
    #[arg(long, env = "LINLI_METRICS_LISTEN", value_name = "ADDRESS", global = true)]
    pub metrics_listen: Option<SocketAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// Whether the log is text for a terminal, rather than JSON for machines.
    pub fn is_for_people(&self) -> bool {
        match self.log_format {
            Some(format) => format == LogFormat::Text,
            None => stderr().is_terminal(),
        }
    }

    /// Refuses an address that is none. Clap would quote it, and the password with it.
    pub fn check(&self) -> Result<(), String> {
        self.loki()?;
        self.otlp().map(drop)
    }

    pub(crate) fn loki(&self) -> Result<Option<Url>, String> {
        let url = self.loki_url.as_ref().map(|url| url.read(LOKI_SCHEMES)).transpose();
        url.map_err(|()| {
            "invalid value for '--loki-url <URL>' (LINLI_LOKI_URL): expected http://loki:3100; \
             where Loki wants TLS, put an agent such as Alloy in between"
                .into()
        })
    }

    pub(crate) fn otlp(&self) -> Result<Option<Url>, String> {
        let url = self.otlp_endpoint.as_ref().map(|url| url.read(OTLP_SCHEMES)).transpose();
        url.map_err(|()| {
            "invalid value for '--otlp-endpoint <URL>' (OTEL_EXPORTER_OTLP_ENDPOINT): expected http://jaeger:4317"
                .into()
        })
    }
}

/// An address that may hold a password, and so is never shown.
#[derive(Clone)]
pub struct WatcherUrl(String);

const LOKI_SCHEMES: &[&str] = &["http"];
const OTLP_SCHEMES: &[&str] = &["http", "https"];

impl WatcherUrl {
    fn unchecked(url: &str) -> Result<Self, Infallible> {
        Ok(Self(url.to_owned()))
    }

    fn read(&self, schemes: &[&str]) -> Result<Url, ()> {
        let url = Url::parse(&self.0).map_err(drop)?;
        if schemes.contains(&url.scheme()) && url.has_host() { Ok(url) } else { Err(()) }
    }
}

impl fmt::Debug for WatcherUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WatcherUrl(…)")
    }
}

fn filter(filter: &str) -> Result<String, ParseError> {
    EnvFilter::builder().parse(filter).map(|_| filter.to_owned())
}

fn ratio(text: &str) -> Result<f64, &'static str> {
    match text.parse() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err("must be a number from 0 to 1"),
    }
}
