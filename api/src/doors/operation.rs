use std::sync::Arc;
use std::time::Instant;

use async_graphql::parser::types::{DocumentOperations, OperationType};
use async_graphql::{Request, Response, ServerError};
use observability::metrics::{ErrorCode, NamedOperation, Operation as Labels};
use observability::{Metrics, TraceContext};
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::words::{code_of, error_of_codes, type_of};

/// A query or mutation that is about to run.
pub(crate) struct Operation {
    /// Where in which trace it is; what it causes is a part of it.
    pub(crate) trace: TraceContext,
    kind: &'static str,
    name: &'static str,
    span: Span,
    started: Instant,
}

impl Operation {
    pub(crate) fn begin(request: &mut Request, within: TraceContext, metrics: &Metrics) -> Self {
        let (kind, name) = described(request);
        let name = name.map_or("__anonymous__", |name| metrics.operation_names.know(&name));
        let trace = within.beside();
        let span = tracing::info_span!(
            "operation",
            trace.context = %trace,
            trace.parent = %within,
            otel.kind = "server",
            otel.name = kind,
            otel.status_code = Empty,
            graphql.operation.type = kind,
            graphql.operation.name = name,
            graphql.response.errors.count = Empty,
            db.statements = Empty,
            error.type = Empty,
            sampling.keep = Empty,
        );
        Self { trace, kind, name, span, started: Instant::now() }
    }

    pub(crate) async fn run(
        self,
        execution: impl Future<Output = Response>,
        meter: &Arc<db::Meter>,
        metrics: &Metrics,
    ) -> Response {
        let response = execution.instrument(self.span.clone()).await;
        self.tell(&response.errors, meter.statements(), metrics);
        response
    }

    fn tell(&self, errors: &[ServerError], statements: u64, metrics: &Metrics) {
        let codes = || errors.iter().map(code_of);
        for graphql_error_code in codes() {
            metrics.graphql_operation_errors.add_one(&ErrorCode { graphql_error_code });
        }
        let error_type = error_of_codes(codes());
        self.span.record("db.statements", statements);
        if !error_type.is_empty() {
            self.span.record("error.type", error_type);
            self.span.record("graphql.response.errors.count", errors.len() as u64);
        }
        if matches!(error_type, "internal" | "dependency" | "timeout") {
            self.span.record("otel.status_code", "ERROR");
        }
        let (kind, name) = (self.kind, self.name);
        let named = NamedOperation { graphql_operation_type: kind, graphql_operation_name: name };
        metrics.graphql_operation_db_statements.observe(&named, statements as f64, None);
        let labels = Labels { graphql_operation_type: kind, graphql_operation_name: name, error_type };
        let took = self.started.elapsed().as_secs_f64();
        if metrics.graphql_operation_duration.observe(&labels, took, Some(self.trace)) {
            self.span.record("sampling.keep", true);
        }
    }
}

/// The type and the name of what will run. The document was parsed, and says which that is.
fn described(request: &mut Request) -> (&'static str, Option<String>) {
    let given = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return (type_of(OperationType::Query), given) };
    let found = match (&document.operations, &given) {
        (DocumentOperations::Single(operation), _) => Some((operation, None)),
        (DocumentOperations::Multiple(all), Some(name)) => {
            all.get(name.as_str()).map(|operation| (operation, given.clone()))
        }
        (DocumentOperations::Multiple(all), None) => {
            all.iter().next().map(|(name, operation)| (operation, Some(name.to_string())))
        }
    };
    found.map_or((type_of(OperationType::Query), given), |(operation, name)| (type_of(operation.node.ty), name))
}
