//! Feeds from both ends: `telling` writes reviews for many followers, `reading` reads feeds of many authors.

mod reading;
mod telling;

use tests::Redis;

use crate::report::Report;
use crate::stage::Stage;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many followers the authors have whose reviews are told
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_value = "10,100,1000,10000,100000")]
    followers: Vec<usize>,

    /// How many reviews of each author are told in each way
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,

    /// How many people those follow whose feeds are read
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_value = "10,100,1000")]
    following: Vec<usize>,

    /// How often each feed is read
    #[arg(long, value_name = "N", default_value_t = 400)]
    reads: usize,

    /// How many reviews everybody has written before
    #[arg(long, value_name = "N", default_value_t = 100)]
    reviews: usize,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let redis = Redis::start().await;
    telling::run(&Stage::set().await?, &redis, options, &mut report).await?;
    reading::run(&Stage::set().await?, &redis, options, &mut report).await?;
    Ok(report)
}
