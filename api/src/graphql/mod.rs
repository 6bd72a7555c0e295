//! What all ways in share, be it HTTP, a socket or a stream: from the parameters of a request to what is said about it.
//!
//! `parameters` reads, `document` parses and bounds, `operation` runs what others execute and mends what came of it, `said`
//! writes it down.

mod defaults;
mod document;
mod expansion;
mod nesting;
mod nulls;
mod operation;
mod order;
mod outline;
mod parameters;
mod plain;
mod said;
mod types;

pub(crate) use operation::{Operation, Responses};
pub(crate) use outline::{Outline, Used};
pub(crate) use parameters::Parameters;
pub(crate) use said::{Said, code, error, was_executed};
pub(crate) use types::Types;
