//! The monitoring stack as code, without Docker: what can be known of it before it runs. And the program, watched (`live`).

mod alerts;
mod compose;
mod contract;
mod dashboards;
mod files;
mod live;
mod promql;
mod rules;
