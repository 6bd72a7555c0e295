//! What metrics are told apart by: words that are bounded, since each combination is a series of its own.

use std::fmt;

use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident { $($label:ident),+ })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
        pub struct $name {
            $(pub $label: &'static str,)+
        }
    )*};
}

labels! {
    Request { http_request_method, http_route, http_response_status_code, error_type }
    Method { http_request_method }
    Operation { graphql_operation_type, graphql_operation_name, error_type }
    OperationType { graphql_operation_type }
    NamedOperation { graphql_operation_type, graphql_operation_name }
    ErrorCode { graphql_error_code }
    FieldUse { graphql_field_parent_type, graphql_field_name, deprecated }
    Loader { graphql_dataloader_name }
    Subscription { graphql_field_name }
    Transport { transport }
    Closed { transport, code }
    Statement { db_system_name, db_query_summary, error_type }
    PoolState { db_client_connection_pool_name, db_client_connection_state }
    Pool { db_client_connection_pool_name }
    Outcome { outcome }
    CacheResult { cache, result }
    Cache { cache }
    Queue { messaging_destination_name }
    Processed { messaging_destination_name, event_kind, error_type }
    Attempt { method, outcome }
    Build { version, commit }
    ErrorType { error_type }
    Reason { reason }
    Sink { sink }
    SinkOutcome { sink, outcome }
}

/// No labels: there is one of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Alone;

impl EncodeLabelSet for Alone {
    fn encode(&self, _: &mut LabelSetEncoder<'_>) -> fmt::Result {
        Ok(())
    }
}

/// The label of an exemplar.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct TraceId {
    pub(crate) trace_id: String,
}
