//! The monitoring stack as code, without Docker: what can be known of it before it runs.

mod alerts;
mod compose;
mod contract;
mod dashboards;
mod files;
mod promql;
mod rules;
