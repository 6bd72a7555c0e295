//! Nobody waits for those who watch, however they fare.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use serde_json::json;
use tests::collector::{Collector, Line, Manner};
use tests::{free_port, metric, until};

use crate::watched::Watched;

/// How many ask at the same time, and how often at once.
const PEOPLE: usize = 8;
const REQUESTS: usize = 500;

/// More than what may wait, and less than what all that is said would take.
const MOST_MEMORY: f64 = 64.0 * 1024.0 * 1024.0;

/// The collector is given two seconds in the end, and Loki five; the rest is for a busy machine.
const FAREWELL: Duration = Duration::from_secs(20);

const SPANS_FAILED: &str = "otel_sdk_exporter_span_exported_total{error_type=\"failed\"}";
const SPANS_OF_FULL_QUEUE: &str = "otel_sdk_processor_span_dropped_total{reason=\"queue_full\"}";
const SPANS_EXPORTED: &str = "otel_sdk_exporter_span_exported_total{error_type=\"\"}";
const LINES_DROPPED: &str = "log_pipeline_lines_total{sink=\"loki\",outcome=\"dropped\"}";
const LINES_WRITTEN: &str = "log_pipeline_lines_total{sink=\"loki\",outcome=\"written\"}";
const LINES_PRINTED: &str = "log_pipeline_lines_total{sink=\"stdout\",outcome=\"written\"}";

async fn watched_by(url: &str, protocol: &str) -> Watched {
    Watched::otherwise(url, |command| {
        command.env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol).env("LINLI_LOKI_URL", url);
    })
    .await
}

/// Many requests, all of which are answered.
async fn answers(watched: &Watched) {
    let requests = stream::iter(0..REQUESTS).map(async |number| match number % 10 {
        0 => watched.ask("{ __typename }", json!({})).await,
        _ => watched.get("/health/live").await,
    });
    let answers: Vec<_> = requests.buffer_unordered(PEOPLE).collect().await;
    assert!(answers.iter().all(|answer| answer.status == 200));
}

async fn counts(watched: &Watched, series: &[&str]) {
    until(&format!("{series:?} are counted"), async || are_counted(watched, series).await.then_some(())).await;
}

async fn are_counted(watched: &Watched, series: &[&str]) -> bool {
    let metrics = watched.metrics().await;
    series.iter().all(|series| metric(&metrics, series) > 0.0)
}

/// It ends when it is asked to, having told standard output everything.
async fn ends(mut watched: Watched) {
    let lines = watched.metric(LINES_PRINTED).await;
    assert!(lines > 0.0);
    watched.server.signal("TERM");
    let asked = Instant::now();
    assert!(watched.server.ended().success());
    assert!(asked.elapsed() < FAREWELL, "{:?}", asked.elapsed());
    assert!(watched.server.said().lines().count() as f64 >= lines);
}

async fn who_hangs_costs_what_they_are_not_told(protocol: &str) {
    let collector = Collector::start(Manner::Hangs);
    let watched = watched_by(&collector.url, protocol).await;
    answers(&watched).await;
    let before = watched.metric("process_resident_memory_bytes").await;
    // More than may wait of either.
    while !are_counted(&watched, &[SPANS_OF_FULL_QUEUE, LINES_DROPPED]).await {
        answers(&watched).await;
    }
    counts(&watched, &[SPANS_FAILED]).await;
    let after = watched.metric("process_resident_memory_bytes").await;
    assert!(after - before < MOST_MEMORY, "{before} became {after}");
    assert!(collector.look(|kept| kept.requests) > 0, "it was asked");
    ends(watched).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_costs_spans_and_lines_and_no_requests() {
    who_hangs_costs_what_they_are_not_told("http/protobuf").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_in_grpc_costs_spans_and_lines_and_no_requests() {
    who_hangs_costs_what_they_are_not_told("grpc").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_costs_spans_and_lines_and_no_requests() {
    let watched = watched_by(&format!("http://127.0.0.1:{}", free_port()), "grpc").await;
    answers(&watched).await;
    counts(&watched, &[SPANS_FAILED, LINES_DROPPED]).await;
    ends(watched).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fails_costs_spans_and_lines_and_no_requests() {
    let collector = Collector::start(Manner::Fails);
    let watched = watched_by(&collector.url, "http/protobuf").await;
    answers(&watched).await;
    counts(&watched, &[SPANS_FAILED, LINES_DROPPED]).await;
    ends(watched).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dawdles_is_told_as_much_as_they_can_take() {
    let collector = Collector::start(Manner::Dawdles(Duration::from_secs(1)));
    let watched = watched_by(&collector.url, "http/protobuf").await;
    answers(&watched).await;
    counts(&watched, &[SPANS_EXPORTED, LINES_WRITTEN]).await;
    assert_eq!(watched.metric(SPANS_FAILED).await, 0.0);
    ends(watched).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loki_that_takes_seconds_loses_nothing_and_hears_nothing_twice() {
    let collector = Collector::start(Manner::Dawdles(Duration::from_secs(3)));
    let watched = Watched::otherwise("http://127.0.0.1:9", |command| {
        command.env("LINLI_LOKI_URL", &collector.url);
    })
    .await;
    // Of each, there is a line.
    let asked = stream::iter(0..REQUESTS).map(async |_| watched.ask("{ __typename }", json!({})).await);
    let answers: Vec<_> = asked.buffer_unordered(PEOPLE).collect().await;
    let expected: BTreeSet<&str> = answers.iter().map(|answer| answer.trace_id.as_str()).collect();
    let is_answer = |line: &&Line| line.message() == "answered";
    let heard = collector
        .until("a line of each answer", |kept| {
            let answers = kept.lines.iter().filter(is_answer);
            let heard: Vec<_> =
                answers.map(|line| line.said["trace_id"].as_str().unwrap_or_default().to_owned()).collect();
            (heard.len() >= REQUESTS).then_some(heard)
        })
        .await;
    assert_eq!(heard.len(), REQUESTS);
    assert_eq!(heard.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    assert_eq!(watched.metric(LINES_DROPPED).await, 0.0);
}
