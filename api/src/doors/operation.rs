use std::sync::Arc;
use std::thread::panicking;
use std::time::Instant;

use async_graphql::Response;
use observability::metrics::{FieldUse, NamedOperation, Operation as Labels, OperationType};
use observability::{Metrics, Root, TraceContext};
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::Told;
use super::words::{code_of, error_of_codes, is_failure, type_of};
use crate::graphql::{Outline, Used, was_executed};

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
    told: Told,
    began: Instant,
}

/// How it ended.
pub(super) struct Ended {
    error_type: &'static str,
    errors: usize,
    was_executed: bool,
}

/// Nobody waited for the response any more.
pub(super) const CANCELLED: &str = "cancelled";

/// How much is told of a name.
const LONGEST_NAME: usize = 96;

impl Operation {
    pub(crate) fn begin(outline: Outline, root: Root, meter: Arc<db::Meter>, metrics: &Metrics) -> Self {
        measure(&outline, metrics);
        let ran = Ran::begin(&outline, &root);
        Self { ran, fields: outline.fields, meter, metrics: metrics.clone(), is_told: false }
    }

    /// Where in which trace it is; what it causes is a part of it.
    pub(crate) fn trace(&self) -> TraceContext {
        self.ran.trace
    }

    pub(crate) async fn run(mut self, execution: impl Future<Output = Response>) -> Response {
        let response = execution.instrument(self.ran.span.clone()).await;
        self.tell(&Ended::with(&response));
        response
    }

    fn tell(&mut self, ended: &Ended) {
        self.is_told = true;
        if ended.was_executed {
            tell_fields(&self.fields, &self.metrics);
        }
        let statements = self.meter.statements();
        self.ran.tell(ended, statements, &self.metrics);
        super::hear(Told { error_type: ended.error_type, statements, ..self.ran.told.clone() });
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if !self.is_told {
            let error_type = if panicking() { "internal" } else { CANCELLED };
            self.tell(&Ended { error_type, errors: 0, was_executed: true });
        }
    }
}

impl Ended {
    pub(super) fn with(response: &Response) -> Self {
        Self {
            error_type: error_of_codes(response.errors.iter().map(code_of)),
            errors: response.errors.len(),
            was_executed: was_executed(response),
        }
    }
}

impl Ran {
    pub(super) fn begin(outline: &Outline, root: &Root) -> Self {
        let told = Told::of(outline);
        Self { span: span_of(outline, &told, root), trace: root.context, told, began: Instant::now() }
    }

    pub(super) fn tell(&self, ended: &Ended, statements: u64, metrics: &Metrics) {
        let error_type = ended.error_type;
        self.span.record("db.statements", statements);
        if !error_type.is_empty() {
            self.span.record("error.type", error_type);
            self.span.record("graphql.response.errors.count", ended.errors as u64);
        }
        if is_failure(error_type) {
            self.span.record("otel.status_code", "ERROR");
        }
        let names = &metrics.operation_names;
        let graphql_operation_name = match self.told.name.as_str() {
            // Anybody can think of names, so those of what was refused are not learnt.
            name if ended.was_executed => names.know(name),
            name => names.find(name),
        };
        let graphql_operation_type = self.told.kind;
        let named = NamedOperation { graphql_operation_type, graphql_operation_name };
        metrics.graphql_operation_db_statements.observe(&named, statements as f64, None);
        let labels = Labels { graphql_operation_type, graphql_operation_name, error_type };
        let took = self.began.elapsed().as_secs_f64();
        if metrics.graphql_operation_duration.observe(&labels, took, Some(self.trace)) {
            self.span.record("sampling.keep", true);
        }
    }
}

impl Told {
    fn of(outline: &Outline) -> Self {
        let name = outline.name.as_deref().unwrap_or("__anonymous__");
        Self {
            kind: type_of(outline.kind),
            name: name.chars().take(LONGEST_NAME).collect(),
            hash: outline.hash.clone(),
            error_type: "",
            statements: 0,
        }
    }
}

/// How much an operation asks for.
pub(super) fn measure(outline: &Outline, metrics: &Metrics) {
    let kind = OperationType { graphql_operation_type: type_of(outline.kind) };
    metrics.graphql_operation_complexity.observe(&kind, outline.size.fields as f64, None);
    metrics.graphql_operation_depth.observe(&kind, outline.size.depth as f64, None);
}

fn span_of(outline: &Outline, told: &Told, root: &Root) -> Span {
    tracing::info_span!(
        "operation",
        trace.context = %root.context,
        trace.parent = root.parent.map(display),
        trace.origin = root.origin.map(display),
        otel.kind = "server",
        otel.name = told.kind,
        otel.status_code = Empty,
        graphql.operation.type = told.kind,
        graphql.operation.name = told.name,
        graphql.operation.complexity = outline.size.fields,
        graphql.operation.depth = outline.size.depth,
        graphql.document.hash = told.hash,
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
