//! People who never were, and what they think of shops that are: for demonstrations, development and measurements.
//!
//! One thread makes rows, while another stores them: all of them, or none. What is made depends on nothing but the options
//! and the shops.

mod audience;
mod chance;
mod clock;
mod comments;
mod follows;
mod likes;
mod names;
mod options;
mod people;
mod reviews;
mod shops;
mod words;
mod world;

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use db::bulk::{NewComment, NewFollow, NewLike, NewReview, NewUser, SeedShop, ShopPrice, all_or_nothing};
use tokio::sync::mpsc;

pub use self::options::Options;
use self::options::Plan;
use self::world::Batch;

/// How far the work has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub stage: &'static str,
    pub done: u64,
    pub total: u64,
}

/// What was generated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Shops that had no price.
    pub prices: u64,
    pub people: u64,
    pub follows: u64,
    pub reviews: u64,
    pub comments: u64,
    pub likes: u64,
    pub seconds: f64,
    /// The handle of one who follows many, so that there is something in their feed.
    pub example: String,
}

/// Batches that wait to be stored.
const AHEAD: usize = 3;

pub async fn generate(
    postgres: &db::Postgres,
    options: &Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> anyhow::Result<Summary> {
    let start = Instant::now();
    let mut conn = postgres.conn().await?;
    let shops: Arc<[SeedShop]> = SeedShop::all(&mut conn).await?.into();
    let plan = options.plan(shops.len())?;

    let (sender, mut batches) = mpsc::channel(AHEAD);
    let generator = tokio::task::spawn_blocking({
        let plan = plan.clone();
        move || world::generate(&plan, &shops, &mut |batch| Ok(sender.blocking_send(batch)?))
    });
    let stored = all_or_nothing(&mut conn, async |conn| {
        let mut summary = Summary::default();
        while let Some(batch) = batches.recv().await {
            let progressed = store(conn, &plan, batch, &mut summary).await?;
            progress(progressed);
        }
        // The channel ends, too, when the generator fails.
        summary.example = generator.await.context("the generator died")??;
        progress(Progress { stage: "counting", done: 0, total: 1 });
        db::recount(conn).await?;
        progress(Progress { stage: "counting", done: 1, total: 1 });
        anyhow::Ok(summary)
    })
    .await?;
    Ok(Summary { seconds: start.elapsed().as_secs_f64(), ..stored })
}

async fn store(conn: &mut db::Conn, plan: &Plan, batch: Batch, summary: &mut Summary) -> anyhow::Result<Progress> {
    let (stage, wanted, stored, sum, total) = match batch {
        Batch::Prices(rows) => {
            let stored = ShopPrice::update_unknown(conn, &rows).await?;
            ("prices", stored, stored, &mut summary.prices, rows.len() as u64)
        }
        Batch::People(rows) => {
            let stored = NewUser::insert_all(conn, &rows).await?;
            ensure!(
                stored == rows.len(),
                "--seed {}: the people of this seed are there already, and nothing was changed; another --seed makes more",
                plan.seed
            );
            ("people", rows.len(), stored, &mut summary.people, plan.people as u64)
        }
        Batch::Follows(rows) => {
            ("follows", rows.len(), NewFollow::insert_all(conn, &rows).await?, &mut summary.follows, plan.follows)
        }
        Batch::Reviews(rows) => {
            ("reviews", rows.len(), NewReview::insert_all(conn, &rows).await?, &mut summary.reviews, plan.reviews)
        }
        Batch::Comments(rows) => {
            ("comments", rows.len(), NewComment::insert_all(conn, &rows).await?, &mut summary.comments, plan.comments)
        }
        Batch::Likes(rows) => {
            let total = plan.likes + plan.comment_likes;
            ("likes", rows.len(), NewLike::insert_all(conn, &rows).await?, &mut summary.likes, total)
        }
    };
    ensure!(stored == wanted, "{} of {wanted} {stage} were refused by the database", wanted - stored);
    *sum += stored as u64;
    Ok(Progress { stage, done: *sum, total: total.max(*sum) })
}
