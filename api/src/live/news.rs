use std::collections::{BTreeSet, VecDeque};

use async_graphql::Context;
use chrono::{Duration, Utc};
use db::{Topic, Wake};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use uuid::{Builder, Uuid};

use super::delivered::Delivered;
use super::listening::{Listening, listen};
use super::patience::load_patiently;
use crate::Result;
use crate::context::ContextExt;
use crate::loaders::Key;

/// Rows that appear one after the other, whose ids grow with time.
pub(crate) trait News: Send + Sync {
    type Id: Copy + Ord + Send + Sync + From<Uuid>;

    /// Loads one row, if it is there for the viewer to see.
    type One: Key;

    /// Loads the oldest [`MOST_AT_ONCE`] rows behind some other that are there for the viewer to see, oldest first.
    type Since: Key<Value = Vec<Row<Self>>>;

    fn topic(&self) -> Topic;
    fn id(row: &Row<Self>) -> Self::Id;
    fn one(&self, id: Self::Id) -> Self::One;
    fn since(&self, after: Self::Id) -> Self::Since;
}

type Row<N> = <<N as News>::One as Key>::Value;

/// How many rows wait for a subscriber who has missed some.
pub(crate) const MOST_AT_ONCE: u32 = 100;

/// How much older than a subscription a row may be that can be seen only after it began: its transaction was under way, or the clock of
/// whoever made it is behind.
const MARGIN: Duration = Duration::seconds(10);

/// Tells of each row once that comes from now on.
///
/// It listens before this returns. So what the caller reads afterwards leaves no gap: what it does not show yet is told of.
///
/// In a box, since async-graphql keeps room for it several times over.
pub(crate) async fn follow<'ctx, N: News + 'ctx>(
    ctx: &'ctx Context<'_>,
    news: N,
) -> Result<BoxStream<'ctx, Result<Row<N>>>> {
    let listening = listen(ctx, news.topic()).await;
    let delivered = not_told_yet(ctx, &news).await?;
    let follower = Follower { ctx, news, listening, delivered, missed: None, waiting: VecDeque::new() };
    let rows = stream::unfold(Some(follower), async |follower| {
        let mut follower = follower?;
        match follower.next().await {
            Ok(row) => Some((Ok(row), Some(follower))),
            // Whoever subscribes anew knows that something may be missing.
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok(rows.boxed())
}

/// Begins a while ago, with what can be seen of that while already.
async fn not_told_yet<N: News>(ctx: &Context<'_>, news: &N) -> Result<Delivered<N::Id>> {
    let now: N::Id = Uuid::now_v7().into();
    let millis = (Utc::now() - MARGIN).timestamp_millis().max(0).unsigned_abs();
    let start: N::Id = Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid().into();
    let (mut after, mut there) = (start, BTreeSet::new());
    loop {
        let rows = Box::pin(ctx.load(news.since(after))).await?.unwrap_or_default();
        // What is newer came while this was read, and is news.
        there.extend(rows.iter().map(N::id).filter(|id| *id < now));
        match rows.last().map(N::id) {
            Some(last) if rows.len() >= MOST_AT_ONCE as usize && last < now => after = last,
            _ => return Ok(Delivered::since(start, there)),
        }
    }
}

struct Follower<'ctx, N: News> {
    ctx: &'ctx Context<'ctx>,
    news: N,
    listening: Listening,
    delivered: Delivered<N::Id>,
    /// Behind it, rows may have been missed.
    missed: Option<N::Id>,
    /// Was missed, and is loaded.
    waiting: VecDeque<Row<N>>,
}

impl<N: News> Follower<'_, N> {
    async fn next(&mut self) -> Result<Row<N>> {
        loop {
            let row = match (self.waiting.pop_front(), self.missed) {
                (Some(row), _) => {
                    self.listening.go_on().await;
                    self.ctx.renew();
                    Some(row)
                }
                (None, Some(after)) => {
                    self.listening.go_on().await;
                    self.catch_up(after).await?;
                    continue;
                }
                (None, None) => self.hear().await?,
            };
            if let Some(row) = row.filter(|row| !self.delivered.contains(N::id(row))) {
                self.delivered.insert(N::id(&row));
                return Ok(row);
            }
        }
    }

    async fn catch_up(&mut self, after: N::Id) -> Result<()> {
        self.ctx.renew();
        let rows = Box::pin(load_patiently(self.ctx, self.news.since(after))).await?.unwrap_or_default();
        let is_full = rows.len() >= MOST_AT_ONCE as usize;
        self.missed = rows.last().map(N::id).filter(|_| is_full);
        self.waiting = rows.into_iter().filter(|row| !self.delivered.was_there(N::id(row))).collect();
        Ok(())
    }

    async fn hear(&mut self) -> Result<Option<Row<N>>> {
        // Whoever waits keeps nothing, nor room for it (hence the boxes): there may be thousands.
        self.ctx.renew();
        match self.listening.next().await {
            Wake::New(id) if self.delivered.contains(id.into()) => Ok(None),
            Wake::New(id) => {
                self.ctx.renew();
                Box::pin(load_patiently(self.ctx, self.news.one(id.into()))).await
            }
            Wake::Missed => {
                self.missed = Some(self.delivered.complete_until());
                Ok(None)
            }
        }
    }
}
