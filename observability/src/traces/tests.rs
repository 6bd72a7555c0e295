use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracing::subscriber::with_default;
use tracing::{debug_span, info_span, warn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

use super::{Details, Gate, Only, Recorder, TraceContext, is_recorded};
use crate::SpanCounts;

const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().expect("no panic").extend(batch);
        Ok(())
    }
}

/// The spans that are exported of what happens.
fn recorded(most: u32, happens: impl FnOnce()) -> (Vec<SpanData>, SpanCounts) {
    let kept = Kept::default();
    let gate = Gate::open(kept.clone(), &Resource::builder_empty().build());
    let recorder = Recorder::new(gate.clone(), most).with_filter(Only(is_recorded));
    with_default(Registry::default().with(recorder).with(Details), happens);
    gate.close(Duration::from_secs(5)).expect("all is exported");
    let spans = kept.0.lock().expect("no panic").clone();
    (spans, gate.counts().read())
}

fn attribute(span: &SpanData, name: &str) -> Option<String> {
    span.attributes.iter().find(|attribute| attribute.key.as_str() == name).map(|found| found.value.to_string())
}

#[test]
fn what_happens_in_a_recorded_trace_is_a_part_of_it() {
    let (spans, counts) = recorded(10, || {
        let request = info_span!("request", trace.context = SAMPLED, otel.name = "POST /graphql", otel.kind = "server");
        let _entered = request.enter();
        let statement = debug_span!("statement", otel.kind = "client", db.query.summary = "SELECT shops");
        statement.in_scope(|| assert_eq!(TraceContext::current().map(|at| at.trace_id().len()), Some(32)));
        request.record("otel.kind", "server");
    });
    let [statement, request] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!((&*request.name, &request.span_kind), ("POST /graphql", &SpanKind::Server));
    assert_eq!(request.span_context.span_id().to_string(), "00f067aa0ba902b7");
    assert_eq!(statement.span_context.trace_id(), request.span_context.trace_id());
    assert_eq!(statement.parent_span_id, request.span_context.span_id());
    assert_eq!(attribute(statement, "db.query.summary").as_deref(), Some("SELECT shops"));
    assert_eq!(counts, SpanCounts { exported: 2, ..SpanCounts::default() });
}

#[test]
fn of_what_is_not_recorded_nothing_is_even_made() {
    let (spans, _) = recorded(10, || {
        let request = info_span!("request", trace.context = UNSAMPLED, otel.kind = "server");
        request.in_scope(|| {
            assert!(debug_span!("statement", otel.kind = "client").is_disabled());
            assert_eq!(TraceContext::current(), None);
        });
    });
    assert!(spans.is_empty(), "{spans:?}");
}

#[test]
fn a_word_that_nobody_agreed_upon_stays_inside() {
    let (spans, _) = recorded(10, || {
        let request = info_span!("request", trace.context = SAMPLED, password = "hunter2", otel.status_code = "ERROR");
        request.in_scope(|| drop(debug_span!("of a library", somehow = true)));
    });
    let [request] = &spans[..] else { panic!("{spans:?}") };
    assert!(request.attributes.is_empty() && request.status == Status::error(""));
}

#[test]
fn what_is_too_long_is_cut() {
    let agent = "ä".repeat(100_000);
    let (spans, _) = recorded(10, || {
        drop(info_span!("request", trace.context = SAMPLED, user_agent.original = agent, url.path = %agent));
    });
    for name in ["user_agent.original", "url.path"] {
        assert_eq!(attribute(&spans[0], name), Some("ä".repeat(1024)), "{name}");
    }
}

#[test]
fn what_knows_its_own_place_is_still_within_the_bound_of_its_trace() {
    let inner = "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000001-01";
    let (spans, counts) = recorded(2, || {
        let request = info_span!("request", trace.context = SAMPLED);
        let _entered = request.enter();
        let operation = info_span!("operation", trace.context = inner, trace.parent = SAMPLED);
        let _entered = operation.enter();
        drop(debug_span!("statement", otel.kind = "client"));
    });
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!((names, counts.dropped_of_full_trace), (vec!["operation", "request"], 1));
    assert_eq!(spans[0].parent_span_id, spans[1].span_context.span_id());
    assert!(!spans[0].parent_span_is_remote);
}

#[test]
fn a_batch_is_linked_to_those_who_waited_for_it() {
    let (spans, _) = recorded(10, || {
        let request = info_span!("request", trace.context = SAMPLED);
        let _entered = request.enter();
        let waiting = debug_span!("field", otel.kind = "internal");
        let batch = debug_span!("load", otel.kind = "internal");
        batch.follows_from(&waiting);
    });
    let load = spans.iter().find(|span| span.name == "load").expect("a batch");
    let field = spans.iter().find(|span| span.name == "field").expect("a field");
    assert_eq!(load.links.links[0].span_context, field.span_context);
}

#[test]
fn a_trace_that_a_warning_points_to_is_kept() {
    let (spans, _) = recorded(10, || {
        info_span!("request", trace.context = SAMPLED).in_scope(|| warn!("slow"));
    });
    assert_eq!(attribute(&spans[0], "sampling.keep").as_deref(), Some("true"));
}

#[derive(Debug)]
struct Hanging;

impl SpanExporter for Hanging {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        std::future::pending().await
    }
}

#[test]
fn a_collector_that_hangs_costs_spans_and_no_time() {
    let gate = Gate::open(Hanging, &Resource::builder_empty().build());
    let recorder = Recorder::new(gate.clone(), 10).with_filter(Only(is_recorded));
    with_default(Registry::default().with(recorder).with(Details), || {
        for _ in 0..20_000 {
            drop(info_span!("request", trace.context = SAMPLED));
        }
    });
    assert!(gate.counts().read().dropped_of_full_queue >= 20_000 - 2 * 8_192);
}
