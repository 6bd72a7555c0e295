//! Sockets that wait: `crowd` is the people behind them.

mod crowd;

use std::time::{Duration, Instant};

use tests::Redis;
use tests::program::Server;

use self::crowd::Crowd;
use crate::figures::{kibibytes_each, longest, mebibytes, median, millis, rate, seconds, thousands};
use crate::process::{Process, may_open};
use crate::report::{Report, Table, progress};
use crate::stage::{Stage, one};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many sockets to open
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    sockets: usize,

    /// How long to leave them alone, in seconds
    #[arg(long, value_name = "S", default_value_t = 30)]
    idle: u64,

    /// How many reviews to write for each number of listeners
    #[arg(long, value_name = "N", default_value_t = 7)]
    rounds: usize,

    /// Have the server remember in a Redis of its own
    #[arg(long)]
    redis: bool,
}

/// Shops by who listens: one; a few; all; and those of whom some listen to each.
const ALONE: usize = 0;
const FEW: usize = 1;
const ALL: usize = 2;
const OTHERS: usize = 3;
const SHOPS: usize = 103;

/// How many of those who listen to reviews listen to those of the same shop.
const A_FEW: usize = 100;

const NOTIFICATIONS: &str = "subscription { notificationAdded { cursor node { id kind } } }";

pub(crate) async fn run(options: &Options) -> anyhow::Result<Report> {
    let count = options.sockets;
    // Both sides of each are in processes of their own; and some for what else they have open.
    may_open(count + 100)?;
    let mut report = Report::default();
    let stage = Stage::set().await?;
    let people = stage.people("listener", count).await?;
    let authors = stage.people("author", 3 * (options.rounds + 1)).await?;
    let shops = stage.shops(SHOPS).await?;
    stage.is_set().await?;
    let redis = if options.redis { Some(Redis::start().await) } else { None };
    let limit = count.to_string();
    let server = stage.serve(redis.as_ref(), &["--max-sockets", &limit]);
    let process = Process::new(server.process.id());
    // What is made once and for all is no part of what a socket takes.
    stage.review(&server, &stage.token(one(&authors, 0)?)?, one(&shops, OTHERS)?).await?;
    process.settled().await?;
    let before = process.resident()?;

    let mut memory = Table::new(
        format!("Memory of the server, with {} sockets", thousands(count)),
        ["", "resident", "more than before, each"],
    );
    memory.row(["before".into(), mebibytes(before), String::new()]);
    let mut measure = |state: &str| -> anyhow::Result<()> {
        let now = process.resident()?;
        memory.row([state.into(), mebibytes(now), kibibytes_each(now, before, count)]);
        Ok(())
    };

    progress(format_args!("opening {count} sockets"));
    let tokens = people.iter().map(|&person| stage.token(person)).collect::<anyhow::Result<Vec<_>>>()?;
    let (mut work, work_before) =
        (Table::new("Work", ["", "time", "processor time of the server", "rate"]), process.busy()?);
    let started = Instant::now();
    let mut crowd = Crowd::open(&server.address, tokens.clone()).await?;
    let (opened, busy) = (started.elapsed(), process.busy()? - work_before);
    work.row(["to open them".into(), seconds(opened), seconds(busy), rate(count, opened)]);
    process.settled().await?;
    measure("sockets that said who they are")?;

    progress("subscribing");
    let busy_before = process.busy()?;
    let started = Instant::now();
    crowd
        .subscribe(
            "own",
            |number| if number % 2 == 0 { NOTIFICATIONS.into() } else { reviews(&shops, shop_of(number)) },
        )
        .await?;
    let (subscribed, busy) = (started.elapsed(), process.busy()? - busy_before);
    work.row(["to subscribe".into(), seconds(subscribed), seconds(busy), rate(count, subscribed)]);
    process.settled().await?;
    measure("a subscription each: half to notifications, half to reviews")?;

    progress(format_args!("leaving them alone for {} seconds", options.idle));
    let busy_before = process.busy()?;
    tokio::time::sleep(Duration::from_secs(options.idle)).await;
    let busy = process.busy()? - busy_before;
    work.row([
        "to keep them while nothing happens".into(),
        seconds(Duration::from_secs(options.idle)),
        seconds(busy),
        String::new(),
    ]);

    let mut latency = Table::new(
        "From sending `createReview` until who listens to the shop is told",
        ["listeners", "half of them", "the last of them", "the last of them, at worst"],
    );
    let listeners = |shop: usize| (0..count).filter(|&number| number % 2 == 1 && shop_of(number) == shop).count();
    let (alone, few) = (listeners(ALONE), listeners(FEW));
    let mut told = async |crowd: &mut Crowd, shop: usize, listeners: usize| -> anyhow::Result<()> {
        progress(format_args!("telling {listeners} listeners"));
        let authors = authors.iter().skip(1 + (shop * options.rounds)).take(options.rounds);
        let tokens = authors.map(|&author| stage.token(author)).collect::<anyhow::Result<Vec<_>>>()?;
        let [half, last] = tell(&stage, &server, crowd, one(&shops, shop)?, &tokens, listeners).await?;
        latency.row([thousands(listeners), millis(median(&half)), millis(median(&last)), millis(longest(&last))]);
        Ok(())
    };
    told(&mut crowd, ALONE, alone).await?;
    told(&mut crowd, FEW, few).await?;

    progress("subscribing once more, all to the same shop");
    crowd.subscribe("all", |_| reviews(&shops, ALL)).await?;
    process.settled().await?;
    measure("two subscriptions each")?;
    told(&mut crowd, ALL, count).await?;
    process.settled().await?;
    measure("after all were told several times")?;

    progress("closing");
    crowd.close().await;
    process.settled().await?;
    measure("all closed")?;

    progress("opening as many once more");
    let mut crowd = Crowd::open(&server.address, tokens).await?;
    crowd.subscribe("own", |_| NOTIFICATIONS.into()).await?;
    crowd.subscribe("all", |_| reviews(&shops, ALL)).await?;
    process.settled().await?;
    measure("as many once more, with two subscriptions each")?;
    report.add(&memory);
    report.add(&work);
    report.add(&latency);
    Ok(report)
}

fn reviews(shops: &[db::ShopId], shop: usize) -> String {
    let shop = shops.get(shop).map(|&shop| crate::stage::id(shop)).unwrap_or_default();
    format!("subscription {{ reviewAdded(shopId: \"{shop}\") {{ cursor node {{ id rating body }} }} }}")
}

/// To which shop somebody listens, of those with odd numbers.
fn shop_of(number: usize) -> usize {
    match number / 2 {
        0 => ALONE,
        listener if listener <= A_FEW => FEW,
        listener => OTHERS + listener % (SHOPS - OTHERS),
    }
}

/// Has each of the authors review a shop, and tells when half of those who listen, and all of them, were told.
async fn tell(
    stage: &Stage,
    server: &Server,
    crowd: &mut Crowd,
    shop: db::ShopId,
    authors: &[String],
    listeners: usize,
) -> anyhow::Result<[Vec<Duration>; 2]> {
    let (mut half, mut last) = (Vec::new(), Vec::new());
    for author in authors {
        let started = Instant::now();
        let (answered, told) = tokio::join!(stage.review(server, author, shop), crowd.told(listeners));
        answered?;
        let mut told: Vec<Duration> = told?.into_iter().map(|at| at - started).collect();
        told.sort_unstable();
        half.extend(told.get(told.len() / 2));
        last.extend(told.last());
    }
    Ok([half, last])
}
