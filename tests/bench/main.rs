//! What Linli costs, measured on the program itself: run it by `./dev bench`.
//!
//! A benchmark is a file or a room that plays on a `Stage` (a database and processes of its own) and writes a `Report`.

mod feeds;
mod figures;
mod live;
mod process;
mod report;
mod stage;
mod telemetry;
mod writers;

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "bench", about = "Measures what Linli costs")]
struct Cli {
    #[command(subcommand)]
    benchmark: Benchmark,

    /// Also write the tables to a file, as Markdown
    #[arg(long, value_name = "FILE", global = true)]
    markdown: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Benchmark {
    /// Memory and time of many idle subscriptions, and how soon they are told
    Live(live::Options),
    /// How fast a review reaches those who follow its author, and how fast they read their feeds
    Feeds(feeds::Options),
    /// What it costs to be watched: traces, metrics and logs, on and off in turns
    Telemetry(telemetry::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let report = match cli.benchmark {
        Benchmark::Live(options) => live::run(&options).await?,
        Benchmark::Feeds(options) => feeds::run(&options).await?,
        Benchmark::Telemetry(options) => telemetry::run(&options).await?,
    };
    match cli.markdown {
        Some(file) => fs::write(&file, report.text()).with_context(|| format!("can't write {}", file.display())),
        None => Ok(()),
    }
}
