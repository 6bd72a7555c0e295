use std::sync::Arc;
use std::thread::panicking;
use std::time::Instant;

use async_graphql::Response;
use observability::metrics::{FieldUse, NamedOperation, Operation as Labels, OperationType};
use observability::{Metrics, Root, TraceContext};
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::words::{code_of, error_of_codes, type_of};
use crate::graphql::{Outline, Used};

/// A query or mutation that is about to run.
pub(crate) struct Operation {
    ran: Ran,
    fields: Vec<Used>,
    meter: Arc<db::Meter>,
    metrics: Metrics,
    is_told: bool,
}

/// What takes a time that is told: an operation, or one event of a subscription.
pub(super) struct Ran {
    pub(super) span: Span,
    trace: TraceContext,
    labels: NamedOperation,
    began: Instant,
}

/// Nobody waited for the response any more.
const CANCELLED: &str = "cancelled";

/// What was not executed, so that none of its fields was.
const NOT_RUN: &str = "validation";

impl Operation {
    pub(crate) fn begin(outline: Outline, root: Root, meter: Arc<db::Meter>, metrics: &Metrics) -> Self {
        let labels = measured(&outline, metrics);
        let ran = Ran::begin(&outline, labels, &root);
        Self { ran, fields: outline.fields, meter, metrics: metrics.clone(), is_told: false }
    }

    /// Where in which trace it is; what it causes is a part of it.
    pub(crate) fn trace(&self) -> TraceContext {
        self.ran.trace
    }

    pub(crate) async fn run(mut self, execution: impl Future<Output = Response>) -> Response {
        let response = execution.instrument(self.ran.span.clone()).await;
        self.tell(error_of_codes(response.errors.iter().map(code_of)), response.errors.len());
        response
    }

    fn tell(&mut self, error_type: &'static str, errors: usize) {
        self.is_told = true;
        if error_type != NOT_RUN {
            tell_fields(&self.fields, &self.metrics);
        }
        let statements = self.meter.statements();
        self.ran.tell(error_type, errors, statements, &self.metrics);
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(if panicking() { "internal" } else { CANCELLED }, 0);
        }
    }
}

impl Ran {
    pub(super) fn begin(outline: &Outline, labels: NamedOperation, root: &Root) -> Self {
        Self { span: span_of(outline, labels, root), trace: root.context, labels, began: Instant::now() }
    }

    pub(super) fn tell(&self, error_type: &'static str, errors: usize, statements: u64, metrics: &Metrics) {
        self.span.record("db.statements", statements);
        if !error_type.is_empty() {
            self.span.record("error.type", error_type);
            self.span.record("graphql.response.errors.count", errors as u64);
        }
        if matches!(error_type, "internal" | "dependency" | "timeout") {
            self.span.record("otel.status_code", "ERROR");
        }
        metrics.graphql_operation_db_statements.observe(&self.labels, statements as f64, None);
        let NamedOperation { graphql_operation_type, graphql_operation_name } = self.labels;
        let labels = Labels { graphql_operation_type, graphql_operation_name, error_type };
        let took = self.began.elapsed().as_secs_f64();
        if metrics.graphql_operation_duration.observe(&labels, took, Some(self.trace)) {
            self.span.record("sampling.keep", true);
        }
    }
}

/// How an operation is counted, and how much it asks for.
pub(super) fn measured(outline: &Outline, metrics: &Metrics) -> NamedOperation {
    let kind = type_of(outline.kind);
    let labels = OperationType { graphql_operation_type: kind };
    metrics.graphql_operation_complexity.observe(&labels, outline.size.fields as f64, None);
    metrics.graphql_operation_depth.observe(&labels, outline.size.depth as f64, None);
    let name = outline.name.as_ref().map_or("__anonymous__", |name| metrics.operation_names.know(name));
    NamedOperation { graphql_operation_type: kind, graphql_operation_name: name }
}

fn span_of(outline: &Outline, labels: NamedOperation, root: &Root) -> Span {
    tracing::info_span!(
        "operation",
        trace.context = %root.context,
        trace.parent = root.parent.map(display),
        trace.origin = root.origin.map(display),
        otel.kind = "server",
        otel.name = labels.graphql_operation_type,
        otel.status_code = Empty,
        graphql.operation.type = labels.graphql_operation_type,
        graphql.operation.name = labels.graphql_operation_name,
        graphql.operation.complexity = outline.size.fields,
        graphql.operation.depth = outline.size.depth,
        graphql.document.hash = outline.hash,
        graphql.subscription.id = Empty,
        graphql.fields.suppressed = Empty,
        graphql.response.errors.count = Empty,
        db.statements = Empty,
        error.type = Empty,
        sampling.keep = Empty,
    )
}

pub(super) fn tell_fields(fields: &[Used], metrics: &Metrics) {
    for used in fields {
        metrics.graphql_field_requests.add_one(&FieldUse {
            graphql_field_parent_type: metrics.words.know(&used.parent),
            graphql_field_name: metrics.words.know(&used.field),
            deprecated: if used.is_deprecated { "true" } else { "false" },
        });
    }
}
