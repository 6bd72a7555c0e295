//! Traces: what happened in the course of what, for those that are recorded.
//!
//! A span of `tracing` with a field `trace.context` knows where in which trace it is, and what happens in it belongs there. Spans with a
//! field `otel.kind` are for traces; they are made at all only in those that are recorded, which keeps the others cheap.

mod context;
mod details;
mod gate;
mod recorder;
mod roots;
mod shipping;
#[cfg(test)]
mod tests;

pub use context::TraceContext;
pub use roots::Root;

pub(crate) use details::{Details, Only, is_recorded};
pub(crate) use gate::Gate;
pub use gate::SpanCounts;
pub(crate) use recorder::Recorder;
pub(crate) use roots::Roots;

pub(crate) use shipping::{Destination, Protocol};
