use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::future::try_join_all;
use serde_json::Value;
use tests::Redis;
use tests::program::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Options;
use crate::figures::{millis, percentile, rate, thousands};
use crate::report::{Report, Table, progress};
use crate::stage::Stage;
use crate::writers;

const PAGE: &str = "{ viewer { feed(first: 20) {
    edges { node { id rating body likeCount author { nickname } shop { name } } } pageInfo { hasNextPage endCursor } } } }";

/// How many read at the same time, where it is not one alone.
const CLIENTS: usize = 8;

/// Where feeds come from.
#[derive(Clone, Copy)]
enum Source {
    Timelines,
    TimelinesAndTheMostFollowed,
    TimelinesToGather,
    Rows,
}

/// People with feeds of the same size.
struct Readers {
    follow: usize,
    tokens: Vec<String>,
}

pub(super) async fn run(stage: &Stage, redis: &Redis, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let most = options.following.iter().copied().max().unwrap_or_default();
    progress(format_args!("making {most} authors with {} reviews each", options.reviews));
    let authors = stage.people("author", most).await?;
    writers::write(stage, &authors, &stage.shops(options.reviews).await?).await?;
    let mut sizes = Vec::new();
    for (number, &follow) in options.following.iter().enumerate() {
        let readers = stage.people(&format!("reader_{number}"), CLIENTS).await?;
        let follows =
            readers.iter().flat_map(|&reader| authors.iter().take(follow).map(move |&author| (reader, author)));
        writers::follow(stage, &follows.collect::<Vec<_>>()).await?;
        let tokens = readers.into_iter().map(|reader| stage.token(reader)).collect::<anyhow::Result<_>>()?;
        sizes.push(Readers { follow, tokens });
    }
    stage.is_set().await?;

    let mut table = Table::new(
        "The first page of a feed, 20 reviews with author and shop, by HTTP",
        ["read from", "follows", "alone: p50", "p99", "8 clients: p50", "p99", "pages"],
    );
    // Everybody follows the first authors, so these have more followers than any other.
    let followed_by_all = (CLIENTS * options.following.len()).to_string();
    let looked_up = options.following.iter().copied().min().unwrap_or_default();
    for (source, remembers, limit) in [
        (Source::Timelines, Some(redis), "10000"),
        (Source::TimelinesAndTheMostFollowed, Some(redis), followed_by_all.as_str()),
        (Source::TimelinesToGather, Some(redis), "10000"),
        (Source::Rows, None, "10000"),
    ] {
        let server = stage.serve(remembers, &["--no-worker", "--feed-push-limit", limit]);
        for readers in &sizes {
            progress(format_args!("reading feeds of {} authors from {}", readers.follow, source.name(looked_up)));
            let alone = read(stage, &server, redis, source, &readers.tokens[..1], options.reads).await?;
            let started = Instant::now();
            let together = read(stage, &server, redis, source, &readers.tokens, options.reads / CLIENTS).await?;
            let time = started.elapsed();
            table.row([
                source.name(looked_up),
                thousands(readers.follow),
                millis(percentile(&alone, 50)),
                millis(percentile(&alone, 99)),
                millis(percentile(&together, 50)),
                millis(percentile(&together, 99)),
                rate(together.len(), time),
            ]);
        }
    }
    report.add(&table);
    Ok(())
}

impl Source {
    fn name(self, looked_up: usize) -> String {
        match self {
            Self::Timelines => "timeline".into(),
            Self::TimelinesAndTheMostFollowed => format!("timeline, and {looked_up} authors looked up"),
            Self::TimelinesToGather => "rows, to gather the timeline".into(),
            Self::Rows => "rows, without Redis".into(),
        }
    }
}

/// How long it took each of the readers, who read at the same time, each so many times.
async fn read(
    stage: &Stage,
    server: &Server,
    redis: &Redis,
    source: Source,
    readers: &[String],
    times: usize,
) -> anyhow::Result<Vec<Duration>> {
    let reading = readers.iter().map(async |token| -> anyhow::Result<Vec<Duration>> {
        let mut forgetting = TcpStream::connect(("127.0.0.1", redis.port)).await?;
        // The first gathers the timeline, and wakes what sleeps.
        stage.ask(server, token, PAGE, &Value::Null).await?;
        let mut taken = Vec::with_capacity(times);
        for _ in 0..times {
            if matches!(source, Source::TimelinesToGather) {
                forget(&mut forgetting).await?;
            }
            let started = Instant::now();
            let page = stage.ask(server, token, PAGE, &Value::Null).await?;
            taken.push(started.elapsed());
            let edges = page["viewer"]["feed"]["edges"].as_array().context("no feed")?;
            anyhow::ensure!(!edges.is_empty(), "an empty feed");
        }
        Ok(taken)
    });
    Ok(try_join_all(reading).await?.into_iter().flatten().collect())
}

/// Makes Redis forget all there is, without a process for it, which would take longer than to read a feed.
async fn forget(redis: &mut TcpStream) -> anyhow::Result<()> {
    redis.write_all(b"FLUSHALL\r\n").await?;
    let mut done = [0; 5];
    redis.read_exact(&mut done).await?;
    anyhow::ensure!(&done == b"+OK\r\n", "Redis forgets nothing");
    Ok(())
}
