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

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::resolver_utils::EnumType;
use async_graphql::{Response, ServerError};
use observability::metrics::ErrorCode as Code;
use observability::{Metrics, TraceContext};

use crate::user_error::{ErrorCode, UserError};
use words::code_of;

tokio::task_local! {
    static DOOR: Door;
}

/// Where something comes in. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Door {
    trace: TraceContext,
    metrics: Metrics,
    told: Arc<Mutex<Option<Told>>>,
}

/// What is told of an operation.
#[derive(Clone, Debug)]
struct Told {
    kind: &'static str,
    name: String,
    hash: String,
    error_type: &'static str,
    statements: u64,
}

/// The member of `extensions` by which we find what happened.
const TRACE_ID: &str = "traceId";

impl Door {
    pub(crate) fn new(trace: TraceContext, metrics: &Metrics) -> Self {
        Self { trace, metrics: metrics.clone(), told: Arc::default() }
    }

    /// Runs what comes in here.
    pub(crate) async fn within<T>(&self, work: impl Future<Output = T>) -> T {
        DOOR.scope(self.clone(), work).await
    }

    /// The last operation that came in here, once it is over.
    fn told(&self) -> Option<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn hear(told: Told) {
    // Without a door around, nobody asks.
    let _ = DOOR.try_with(|door| *door.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(told));
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
    let _ = DOOR.try_with(|door| {
        door.metrics.graphql_operation_errors.add_one(&Code { graphql_error_code: code_of(error) });
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get(TRACE_ID).is_none() {
            extensions.set(TRACE_ID, door.trace.trace_id());
        }
    });
}

/// Counts why a mutation did nothing.
pub(crate) fn refuse(user_errors: &[UserError]) {
    // Without a door around, nobody is told.
    let _ = DOOR.try_with(|door| {
        for error in user_errors {
            let item = ErrorCode::items().iter().find(|item| item.value == error.code);
            let graphql_error_code = item.map_or("", |item| item.name);
            door.metrics.graphql_user_errors.add_one(&Code { graphql_error_code });
        }
    });
}
