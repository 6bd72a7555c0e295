//! What the program says of itself at its doors, in the words of `observability/telemetry.yaml`.

pub(crate) mod admin;
pub(crate) mod http;
pub(crate) mod operation;
pub(crate) mod storage;
mod words;

use observability::TraceContext;

tokio::task_local! {
    static TRACE: TraceContext;
}

/// Runs what belongs to a trace.
pub(crate) async fn within<T>(trace: TraceContext, work: impl Future<Output = T>) -> T {
    TRACE.scope(trace, work).await
}

/// What errors quote, so that whoever reports one can say where it happened.
pub(crate) fn trace_id() -> Option<String> {
    TRACE.try_with(|trace| trace.trace_id()).ok()
}
