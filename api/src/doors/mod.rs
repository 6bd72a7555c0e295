//! What the program says of itself at its doors, in the words of `observability/telemetry.yaml`.

pub(crate) mod admin;
pub(crate) mod batches;
pub(crate) mod fields;
pub(crate) mod http;
pub(crate) mod operation;
pub(crate) mod storage;
mod words;

use async_graphql::ServerError;
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

/// Counts an error that goes out. If it is of no operation, it has the trace id of the door.
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
