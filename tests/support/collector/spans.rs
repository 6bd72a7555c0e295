use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{self as otlp};
use prost::Message;
use serde_json::{Value, json};

pub(super) const HTTP: &str = "/v1/traces";
pub(super) const GRPC: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// A span as a collector knows it. Ids are in hexadecimal digits, times in nanoseconds since 1970.
#[derive(Clone, Debug)]
pub struct Span {
    pub trace_id: String,
    pub id: String,
    /// Empty if there is none.
    pub parent: String,
    pub name: String,
    /// As the contract calls it: `server`, `client`, `internal`, `consumer`, `producer`.
    pub kind: &'static str,
    pub start: u64,
    pub end: u64,
    pub has_failed: bool,
    pub attributes: BTreeMap<String, Value>,
    /// Trace and span of each.
    pub links: Vec<(String, String)>,
    /// Of which program it is.
    pub resource: BTreeMap<String, Value>,
}

pub(super) fn read(message: &[u8]) -> Vec<Span> {
    let request = ExportTraceServiceRequest::decode(message).expect("spans");
    let mut spans = Vec::new();
    for of_resource in request.resource_spans {
        let resource = values(of_resource.resource.unwrap_or_default().attributes);
        let all = of_resource.scope_spans.into_iter().flat_map(|of_scope| of_scope.spans);
        spans.extend(all.map(|span| Span::new(span, resource.clone())));
    }
    spans
}

impl Span {
    fn new(span: otlp::Span, resource: BTreeMap<String, Value>) -> Self {
        let links = span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect();
        Self {
            trace_id: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            kind: kind(span.kind()),
            start: span.start_time_unix_nano,
            end: span.end_time_unix_nano,
            has_failed: span.status.is_some_and(|status| status.code() == StatusCode::Error),
            name: span.name,
            attributes: values(span.attributes),
            links,
            resource,
        }
    }

    /// Null where there is none.
    pub fn attribute(&self, name: &str) -> &Value {
        self.attributes.get(name).unwrap_or(&Value::Null)
    }

    pub fn millis(&self) -> f64 {
        self.end.saturating_sub(self.start) as f64 / 1e6
    }
}

fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Internal => "internal",
        SpanKind::Consumer => "consumer",
        SpanKind::Producer => "producer",
        SpanKind::Unspecified => "",
    }
}

fn values(attributes: Vec<KeyValue>) -> BTreeMap<String, Value> {
    attributes.into_iter().map(|attribute| (attribute.key, value(attribute.value))).collect()
}

fn value(any: Option<AnyValue>) -> Value {
    match any.and_then(|any| any.value) {
        Some(Any::StringValue(text)) => text.into(),
        Some(Any::BoolValue(is_so)) => is_so.into(),
        Some(Any::IntValue(number)) => number.into(),
        Some(Any::DoubleValue(number)) => json!(number),
        None => Value::Null,
        Some(other) => panic!("no attribute of ours is {other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
