use std::time::Duration;

use tests::collector::{Collector, Manner};
use tests::program::Server;
use tests::{free_port, metric};

use super::load::Load;
use crate::figures::percentile;
use crate::process::Process;
use crate::stage::Stage;

/// A server, and how it is watched.
pub(super) struct Way {
    pub(super) name: &'static str,
    pub(super) server: Server,
    pub(super) rounds: Vec<Round>,
    /// Where its metrics are, if anybody reads them.
    admin: Option<String>,
    /// Who is told the rest.
    _collector: Option<Collector>,
}

/// What was measured at a time. Times are in seconds.
pub(super) struct Round {
    /// Requests in a second.
    pub(super) rate: f64,
    pub(super) p50: f64,
    pub(super) p99: f64,
    /// How long a request keeps a processor busy, in the server.
    pub(super) work_each: f64,
}

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Each server asks nothing of the database but what it is asked.
const ALIKE: &[&str] = &["--no-worker"];

impl Way {
    /// The first is not watched at all: it logs warnings, and counts what nobody reads.
    pub(super) fn all(stage: &Stage) -> Vec<Self> {
        let off =
            Self { name: "off", server: stage.serve(None, ALIKE), rounds: Vec::new(), admin: None, _collector: None };
        let watched = |name, ratio: &str, manner: Option<Manner>| {
            let collector = manner.map(Collector::start);
            let url = collector.as_ref().map_or(NOWHERE, |collector| &collector.url);
            let admin = format!("127.0.0.1:{}", free_port());
            let told = ["--log", "info", "--trace-ratio", ratio, "--otlp-endpoint", url, "--loki-url", url];
            let server = stage.serve(None, &[ALIKE, &told, &["--metrics-listen", &admin]].concat());
            Self { name, server, rounds: Vec::new(), admin: Some(admin), _collector: collector }
        };
        vec![
            off,
            watched("a tenth of the traces", "0.1", Some(Manner::Forgets)),
            watched("all traces", "1", Some(Manner::Forgets)),
            watched("a tenth, and who watches is away", "0.1", None),
            watched("a tenth, and who watches hangs", "0.1", Some(Manner::Hangs)),
            watched("a tenth, and who watches is slow", "0.1", Some(Manner::Dawdles(Duration::from_secs(2)))),
        ]
    }

    pub(super) async fn play(&mut self, load: &Load, time: Duration) -> anyhow::Result<()> {
        let process = Process::new(self.server.process.id());
        let before = process.busy()?;
        let (taken, scraped) = tokio::join!(load.run(&self.server, time), self.scrape());
        let (taken, work) = (taken?, process.busy()? - before);
        scraped?;
        self.rounds.push(Round {
            rate: taken.len() as f64 / time.as_secs_f64(),
            p50: percentile(&taken, 50).as_secs_f64(),
            p99: percentile(&taken, 99).as_secs_f64(),
            work_each: work.as_secs_f64() / taken.len().max(1) as f64,
        });
        Ok(())
    }

    pub(super) fn resident(&self) -> anyhow::Result<u64> {
        Process::new(self.server.process.id()).resident()
    }

    /// Spans that were sent and lost, and lines for Loki that were; none if it is not watched.
    pub(super) async fn told(&self) -> anyhow::Result<Option<[f64; 4]>> {
        let Some(metrics) = self.scrape().await? else { return Ok(None) };
        let metric = |series: &str| metric(&metrics, series);
        let line = |outcome: &str| metric(&format!("log_pipeline_lines_total{{sink=\"loki\",outcome=\"{outcome}\"}}"));
        let lost = metric("otel_sdk_exporter_span_exported_total{error_type=\"failed\"}")
            + metric("otel_sdk_processor_span_dropped_total{reason=\"queue_full\"}");
        let sent = metric("otel_sdk_exporter_span_exported_total{error_type=\"\"}");
        Ok(Some([sent, lost, line("written"), line("dropped")]))
    }

    async fn scrape(&self) -> anyhow::Result<Option<String>> {
        let Some(admin) = &self.admin else { return Ok(None) };
        Ok(Some(reqwest::get(format!("http://{admin}/metrics")).await?.text().await?))
    }
}
