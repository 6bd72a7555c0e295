//! What it costs to be watched: servers that differ in nothing else, in turns. `ways` has those, `load` who asks them.

mod load;
mod ways;

use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tests::collector::{Collector, Manner};

use self::load::Load;
use self::ways::{Round, Way};
use crate::figures::{mebibytes, millis, thousands};
use crate::report::{Report, Table, progress};
use crate::stage::{Stage, id, one};
use crate::writers;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many ask at the same time, each over a connection of their own
    #[arg(long, value_name = "N", default_value_t = 8)]
    connections: usize,

    /// How long each server is asked in a round, in seconds
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    seconds: f64,

    /// How many rounds, in each of which all servers have their turn, in random order
    #[arg(long, value_name = "N", default_value_t = 15)]
    rounds: usize,

    /// How many shops there are, and authors who have reviewed all of them
    #[arg(long, value_name = "N", default_value_t = 100)]
    shops: usize,

    /// Also show a trace of the page of a shop
    #[arg(long)]
    show_trace: bool,
}

/// How many authors there are; everybody who asks follows them.
const AUTHORS: usize = 20;

pub(crate) async fn run(options: &Options) -> anyhow::Result<Report> {
    let mut report = Report::default();
    progress(format_args!("making {} shops with {AUTHORS} reviews each", options.shops));
    let stage = Stage::set().await?;
    let (authors, shops) = (stage.people("author", AUTHORS).await?, stage.shops(options.shops).await?);
    writers::write(&stage, &authors, &shops).await?;
    let people = stage.people("reader", options.connections).await?;
    let follows: Vec<_> =
        people.iter().flat_map(|&reader| authors.iter().map(move |&author| (reader, author))).collect();
    writers::follow(&stage, &follows).await?;
    stage.is_set().await?;
    let load = Load::of(&stage, &people, &shops).await?;
    if options.show_trace {
        show_trace(&stage, one(&shops, 0)?, &mut report).await?;
    }

    let time = Duration::from_secs_f64(options.seconds);
    let mut ways = Way::all(&stage);
    for way in &mut ways {
        progress(format_args!("warming up: {}", way.name));
        load.run(&way.server, time).await?;
    }
    for round in 1..=options.rounds {
        progress(format_args!("round {round} of {}", options.rounds));
        let mut order: Vec<_> = ways.iter_mut().collect();
        fastrand::shuffle(&mut order);
        for way in order {
            way.play(&load, time).await?;
        }
    }
    tell(&ways, options, &mut report)?;
    let mut told = Table::new("What became of what was said", ["", "spans sent", "lost", "log lines sent", "lost"]);
    for way in &ways {
        if let Some(counts) = way.told().await? {
            let counts = counts.map(|count| thousands(count as usize));
            told.row([vec![way.name.into()], counts.to_vec()].concat());
        }
    }
    report.add(&told);
    Ok(report)
}

/// All against the first, round by round.
fn tell(ways: &[Way], options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let without = ways.first().context("no server")?;
    let title = format!(
        "{} connections, medians of {} rounds of {} s; ratios are of a server to the first one in the same round",
        options.connections, options.rounds, options.seconds
    );
    let columns = ["", "requests", "ratio", "half of the rounds", "processor time each", "ratio"];
    let mut throughput = Table::new(title, columns);
    let mut latency = Table::new("How long they take", ["", "p50", "ratio", "p99", "ratio", "resident"]);
    for way in ways {
        let ratio = |figure: fn(&Round) -> f64| {
            let mut ratios: Vec<_> =
                way.rounds.iter().zip(&without.rounds).map(|(with, without)| figure(with) / figure(without)).collect();
            Spread::of(&mut ratios)
        };
        let typical =
            |figure: fn(&Round) -> f64| Spread::of(&mut way.rounds.iter().map(figure).collect::<Vec<_>>()).median;
        let time = |figure: fn(&Round) -> f64| millis(Duration::from_secs_f64(typical(figure)));
        let rate = ratio(|round| round.rate);
        throughput.row([
            way.name.into(),
            format!("{}/s", thousands(typical(|round| round.rate) as usize)),
            format!("{:.3}", rate.median),
            format!("{:.3} to {:.3}", rate.low, rate.high),
            time(|round| round.work_each),
            format!("{:.3}", ratio(|round| round.work_each).median),
        ]);
        latency.row([
            way.name.into(),
            time(|round| round.p50),
            format!("{:.3}", ratio(|round| round.p50).median),
            time(|round| round.p99),
            format!("{:.3}", ratio(|round| round.p99).median),
            mebibytes(way.resident()?),
        ]);
    }
    report.add(&throughput);
    report.add(&latency);
    Ok(())
}

/// Half of the values are from `low` to `high`.
struct Spread {
    low: f64,
    median: f64,
    high: f64,
}

impl Spread {
    fn of(values: &mut [f64]) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let at = |part: f64| values.get((values.len() as f64 * part) as usize).copied().unwrap_or(f64::NAN);
        Self { low: at(0.25), median: at(0.5), high: at(0.75) }
    }
}

async fn show_trace(stage: &Stage, shop: db::ShopId, report: &mut Report) -> anyhow::Result<()> {
    let collector = Collector::start(Manner::Keeps);
    // What is kept in the process takes no statements.
    let options = ["--no-worker", "--cache-mib", "0", "--trace-ratio", "1", "--otlp-endpoint", &collector.url];
    let server = stage.serve(None, &options);
    let body = json!({ "query": load::SHOP_PAGE, "variables": { "id": id(shop) } });
    let mut trace_id = String::new();
    // The first has connections to make.
    for _ in 0..3 {
        let request = reqwest::Client::new().post(format!("{}/graphql", server.address)).json(&body);
        let answer = request.send().await?;
        let place = answer.headers().get("traceresponse").context("no trace")?.to_str()?;
        trace_id = place.split('-').nth(1).context("no trace")?.to_owned();
    }
    let trace = collector.trace(&trace_id).await;
    report.quote("The page of a shop", &trace.to_string());
    Ok(())
}
