//! What the program says of itself: traces, metrics and logs. Nothing in here knows a domain.
//!
//! Doors say what happens by `tracing`, in the words of `telemetry.yaml`, and count by [`Metrics`]. Nobody who says something waits
//! until it is heard: there is a bound on what waits, and what comes on top is dropped, and counted.

mod config;
mod logs;
pub mod metrics;
mod panics;
mod room;
mod traces;
mod vocabulary;

use std::io::{IsTerminal, stderr, stdout};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use tracing_subscriber::filter::FilterExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};
use uuid::Uuid;

use crate::logs::{Courier, LineCounts, Lines, Loki, Stdout};
use crate::traces::{Destination, Details, Gate, Only, Recorder, Roots, is_recorded};
use crate::vocabulary::is_traced;

pub use crate::config::{Config, LogFormat, WatcherUrl};
pub use crate::metrics::Metrics;
pub use crate::traces::{Root, SpanCounts, TraceContext};
pub use crate::vocabulary::{ATTRIBUTES, fields};

/// Which program it is that speaks.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    pub version: &'static str,
    pub commit: &'static str,
}

/// Where the log goes, unless it is for people: a command whose result is on standard output has it beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    Stdout,
    Stderr,
}

/// What doors need to say what happens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Telemetry {
    pub metrics: Metrics,
    roots: Arc<Roots>,
    gate: Option<Gate>,
    stdout: Option<Stdout>,
    loki: Option<Loki>,
}

/// Says what waits to be said when it is closed.
#[must_use]
pub struct Closing {
    gate: Option<Gate>,
    courier: Option<Courier>,
    _stdout: Option<tracing_appender::non_blocking::WorkerGuard>,
}

/// How long the collector of traces is waited for in the end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Begins to log, and to record. Call once, before anything else, with a tokio runtime around it.
pub fn start(config: &Config, build: Build, output: Output) -> Result<(Telemetry, Closing), String> {
    let gate = match config.otlp()? {
        Some(endpoint) => {
            let destination = Destination { endpoint: endpoint.to_string(), protocol: config.otlp_protocol };
            Some(Gate::open(destination.exporter()?, &resource(config, build)))
        }
        None => None,
    };
    let (loki, courier) = match config.loki()? {
        Some(url) => {
            let (loki, courier) = Loki::open(logs::Address {
                url,
                tenant: config.loki_tenant.clone(),
                environment: config.environment.clone(),
            })?;
            (Some(loki), Some(courier))
        }
        None => (None, None),
    };
    let is_for_people = config.is_for_people();
    let (stdout, guard) = match output {
        _ if is_for_people => (None, None),
        Output::Stdout => split(Stdout::open(stdout())),
        Output::Stderr => split(Stdout::open(stderr())),
    };

    // Whatever is logged, lines know which trace they belong to: in a task of its own, a span that is filtered out hides those around it.
    let levels = logs::levels(&config.log).or(Only(is_traced));
    let text = is_for_people.then(|| {
        let text = tracing_subscriber::fmt::layer().with_writer(stderr);
        text.with_ansi(stderr().is_terminal()).with_target(false).with_filter(logs::levels(&config.log))
    });
    let lines = Lines { stdout: stdout.clone(), loki: loki.clone() };
    let recorder = gate.clone().map(|gate| Recorder::new(gate, config.max_spans).with_filter(Only(is_recorded)));
    Registry::default().with(recorder).with(text).with(lines.with_filter(levels)).with(Details).init();

    if !is_for_people {
        panics::log();
    }

    let telemetry = Telemetry {
        metrics: Metrics::new(build.version, build.commit),
        roots: Arc::new(Roots::new(if gate.is_some() { config.trace_ratio } else { 0.0 }, &config.trace_peers)),
        gate: gate.clone(),
        stdout,
        loki,
    };
    Ok((telemetry, Closing { gate, courier, _stdout: guard }))
}

fn split<A, B>((one, other): (A, B)) -> (Option<A>, Option<B>) {
    (Some(one), Some(other))
}

fn resource(config: &Config, build: Build) -> Resource {
    let attributes = [
        KeyValue::new("service.name", "linli"),
        KeyValue::new("service.namespace", "linli"),
        KeyValue::new("service.version", build.version),
        KeyValue::new("service.instance.id", Uuid::new_v4().to_string()),
        KeyValue::new("deployment.environment.name", config.environment.clone()),
    ];
    Resource::builder_empty().with_attributes(attributes).build()
}

impl Telemetry {
    /// Which trace a request from outside belongs to.
    pub fn root(&self, traceparent: Option<&str>, peer: Option<IpAddr>) -> Root {
        self.roots.root(traceparent, peer)
    }

    /// Heard by nobody, but counted, where some networks are trusted with traces.
    pub fn unheard(trace_peers: &[IpNet]) -> Self {
        Self { roots: Arc::new(Roots::new(0.0, trace_peers)), ..Self::default() }
    }

    /// All metrics, as [`metrics::CONTENT_TYPE`].
    pub fn render(&self) -> String {
        let spans = self.gate.as_ref().map(|gate| gate.counts().read()).unwrap_or_default();
        let lines = self.stdout.iter().map(Stdout::counts).chain(self.loki.iter().map(Loki::counts));
        self.metrics.render(spans, &lines.collect::<Vec<LineCounts>>())
    }
}

/// Heard by nobody, but counted: for who runs the program in another one.
impl Default for Telemetry {
    fn default() -> Self {
        Self {
            metrics: Metrics::new("", ""),
            roots: Arc::new(Roots::new(0.0, &[])),
            gate: None,
            stdout: None,
            loki: None,
        }
    }
}

impl Closing {
    /// Waits for collectors, but not long.
    pub fn close(self) {
        if let Some(gate) = &self.gate {
            // Who can't be reached now is not told any more.
            let _ = gate.close(PATIENCE);
        }
        if let Some(courier) = self.courier {
            courier.close();
        }
    }
}
