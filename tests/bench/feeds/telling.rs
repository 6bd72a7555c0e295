use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use tests::Redis;
use tests::program::Server;

use super::Options;
use crate::figures::{mebibytes, median, millis, rate, thousands};
use crate::report::{Report, Table, progress};
use crate::stage::{Stage, Worker, one};
use crate::writers;

/// An author, and how many follow them.
struct Author {
    token: String,
    followers: usize,
}

/// What a worker does for those who follow.
struct Way {
    name: &'static str,
    push_limit: &'static str,
    has_timelines: bool,
}

const WAYS: [Way; 3] = [
    Way { name: "pushed to the timeline of each", push_limit: "10000000", has_timelines: true },
    Way { name: "to be pushed, but nobody has a timeline", push_limit: "10000000", has_timelines: false },
    Way { name: "looked up when feeds are read", push_limit: "0", has_timelines: false },
];

/// How many timelines are gathered at the same time.
const AT_ONCE: usize = 4;

pub(super) async fn run(stage: &Stage, redis: &Redis, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let most = options.followers.iter().copied().max().unwrap_or_default();
    progress(format_args!("making {most} followers"));
    let fans = stage.people("fan", most).await?;
    let stars = stage.people("star", options.followers.len() + 1).await?;
    let (nobody, stars) = stars.split_last().context("nobody")?;
    writers::write(stage, stars, &stage.shops(options.reviews).await?).await?;
    let follows = stars.iter().zip(&options.followers);
    let follows = follows.flat_map(|(&star, &many)| fans.iter().take(many).map(move |&fan| (fan, star)));
    writers::follow(stage, &follows.collect::<Vec<_>>()).await?;
    let shops = stage.shops(WAYS.len() * (options.rounds + 1)).await?;
    stage.is_set().await?;
    let author = |(&star, &followers)| Ok(Author { token: stage.token(star)?, followers });
    let authors: Vec<Author> = stars.iter().zip(&options.followers).map(author).collect::<anyhow::Result<_>>()?;

    let server = stage.serve(Some(redis), &["--no-worker"]);
    let mut table = Table::new(
        "From sending `createReview` until the worker has told everybody, with a row in `notifications` for each",
        ["the review is", "followers", "time", "told"],
    );
    let mut shops = shops.chunks(options.rounds + 1);
    for way in &WAYS {
        redis.ask(&["flushall"]);
        if way.has_timelines {
            gather(stage, redis, &fans, report).await?;
        }
        let shops = shops.next().context("too few shops")?;
        let worker = stage.work(Some(redis), &["--feed-push-limit", way.push_limit])?;
        let first = (stage.token(*nobody)?, one(shops, options.rounds)?);
        tell(stage, &server, &Author { token: first.0, followers: 0 }, first.1).await?;
        for author in &authors {
            progress(format_args!("telling {} followers: {}", author.followers, way.name));
            let times =
                stream::iter(shops.iter().take(options.rounds)).then(|&shop| tell(stage, &server, author, shop));
            let time = median(&times.try_collect::<Vec<_>>().await?);
            table.row([way.name.into(), thousands(author.followers), millis(time), rate(author.followers, time)]);
        }
        Worker::stop(worker)?;
    }
    report.add(&table);
    Ok(())
}

/// Has everybody's timeline gathered, and tells what they take.
async fn gather(stage: &Stage, redis: &Redis, fans: &[db::UserId], report: &mut Report) -> anyhow::Result<()> {
    progress(format_args!("gathering {} timelines", fans.len()));
    let redis_url = redis.url().parse().map_err(anyhow::Error::msg)?;
    let patient = db::Config { redis_url: Some(redis_url), redis_timeout_ms: 10_000, ..tests::database() };
    let memory = db::Memory::connect(&patient).await.map_err(anyhow::Error::msg)?;
    let before = used(redis)?;
    let started = Instant::now();
    stream::iter(fans)
        .map(async |&fan| -> anyhow::Result<()> {
            let mut conn = stage.postgres.conn().await?;
            db::Review::feed(&mut conn, &memory, fan, db::Page { after: None, limit: 20 }).await?;
            Ok(())
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
    let time = started.elapsed();
    let kept = redis.ask(&["--scan", "--pattern", "*:timeline:*"]).lines().count();
    ensure!(kept == fans.len(), "only {kept} timelines could be kept");
    let taken = used(redis)? - before;
    let mut table = Table::new("Timelines in Redis", ["timelines", "memory", "of each", "gathered"]);
    let each = format!("{:.2} KiB", taken as f64 / 1024.0 / fans.len() as f64);
    table.row([thousands(fans.len()), mebibytes(taken), each, rate(fans.len(), time)]);
    report.add(&table);
    Ok(())
}

/// How long it takes until everybody was told.
async fn tell(stage: &Stage, server: &Server, author: &Author, shop: db::ShopId) -> anyhow::Result<Duration> {
    const LOOK: Duration = Duration::from_millis(1);
    let sql = stage.sql().await;
    let is_done = sql.prepare("select not exists (select from events)").await?;
    let before = notifications(&sql).await?;
    let started = Instant::now();
    stage.review(server, &author.token, shop).await?;
    while !sql.query_one(&is_done, &[]).await?.get::<_, bool>(0) {
        tokio::time::sleep(LOOK).await;
    }
    let time = started.elapsed();
    let told = notifications(&sql).await? - before;
    ensure!(told == i64::try_from(author.followers)?, "{told} of {} were told", author.followers);
    Ok(time)
}

async fn notifications(sql: &tokio_postgres::Client) -> anyhow::Result<i64> {
    Ok(sql.query_one("select count(*) from notifications", &[]).await?.get(0))
}

/// The memory that Redis uses, in bytes.
fn used(redis: &Redis) -> anyhow::Result<u64> {
    let info = redis.ask(&["info", "memory"]);
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:")).context("no memory")?;
    Ok(used.trim().parse()?)
}
