//! What the program says of itself at its doors, in the words of `observability/telemetry.yaml`.

pub(crate) mod accounts;
pub(crate) mod admin;
pub(crate) mod batches;
pub(crate) mod connections;
pub(crate) mod fields;
pub(crate) mod http;
pub(crate) mod operation;
pub(crate) mod storage;
pub(crate) mod subscription;
mod words;

use async_graphql::{Response, ServerError};
use observability::metrics::ErrorCode;
use observability::{Metrics, TraceContext};

use words::code_of;

tokio::task_local! {
    static DOOR: (TraceContext, Metrics);
}

/// The member of `extensions` by which we find what happened.
const TRACE_ID: &str = "traceId";

/// Runs what belongs to a trace.
pub(crate) async fn within<T>(trace: TraceContext, metrics: &Metrics, work: impl Future<Output = T>) -> T {
    DOOR.scope((trace, metrics.clone()), work).await
}

/// Shows what a server counts before there is any of it: a series that begins with its first value shows nobody that it came.
pub(crate) fn show<'a>(metrics: &Metrics, subscriptions: impl Iterator<Item = &'a str>) {
    words::show(metrics);
    connections::show(metrics);
    subscription::show(metrics, subscriptions);
}

/// Has the errors of a response quote the trace that they happened in, where much else happens beside it.
pub(crate) fn quote(mut response: Response, trace: TraceContext) -> Response {
    for error in &mut response.errors {
        error.extensions.get_or_insert_default().set(TRACE_ID, trace.trace_id());
    }
    response
}

/// Counts an error that goes out. It has the trace id of the door, unless it quotes another.
pub(crate) fn go_out(error: &mut ServerError) {
    // Without a door around, nobody is told.
    let _ = DOOR.try_with(|(trace, metrics)| {
        metrics.graphql_operation_errors.add_one(&ErrorCode { graphql_error_code: code_of(error) });
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get(TRACE_ID).is_none() {
            extensions.set(TRACE_ID, trace.trace_id());
        }
    });
}
