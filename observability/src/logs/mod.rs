//! The log: lines for people on a terminal, else a JSON object per line; and to Loki, where there is one.

mod layer;
mod levels;
mod line;
mod loki;
mod stdout;
#[cfg(test)]
mod tests;

pub(crate) use layer::Lines;
pub(crate) use levels::levels;
pub(crate) use loki::{Address, Courier, Loki};
pub(crate) use stdout::Stdout;

/// What became of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineCounts {
    pub sink: &'static str,
    pub written: u64,
    pub dropped: u64,
    pub waiting: u64,
}
