//! The monitoring stack as code, without Docker: what can be known of it before it runs. And the program, watched (`watched`): its metrics
//! (`live`), its traces (`tree`, `operations`), how statements (`statements`) and events (`events`) end, that it gives no secret away (`canary`), and that nobody
//! waits for who watches (`away`).

mod accounts;
mod alerts;
mod away;
mod canary;
mod compose;
mod connections;
mod contract;
mod dashboards;
mod events;
mod files;
mod live;
mod operations;
mod promql;
mod rules;
mod statements;
mod tree;
mod vocabulary;
mod watched;
