//! Reviews of many authors and shops in one list.

mod query;

use async_graphql::{Context, Enum};
use futures_util::future::BoxFuture;

use crate::Result;
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::page::{Connection, Count, Total, page};
use crate::reviews::ReviewEdge;

pub use query::FeedQuery;

/// How far back trends are looked for.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "db::TrendWindow")]
pub enum TrendWindow {
    /// The last 24 hours.
    Day,
    /// The last seven days.
    Week,
    /// The last thirty days.
    Month,
}

pub async fn feed(
    ctx: &Context<'_>,
    follower: db::UserId,
    first: i32,
    after: Option<Cursor>,
) -> Result<Connection<ReviewEdge>> {
    let page = page(first, after.as_ref(), List::FEED)?;
    let mut conn = ctx.postgres().conn().await?;
    let slice = db::Review::feed(&mut conn, ctx.memory(), follower, page).await?;
    Ok(Connection::new(&page, slice, Total::counted(FeedOf(follower)), ReviewEdge::newest(List::FEED)))
}

struct FeedOf(db::UserId);

impl Count for FeedOf {
    fn count<'a>(&'a self, ctx: &'a Context<'_>) -> BoxFuture<'a, Result<i64>> {
        Box::pin(async move {
            let mut conn = ctx.postgres().conn().await?;
            Ok(db::Review::count_feed(&mut conn, self.0).await?)
        })
    }
}

impl Count for db::Trend {
    fn count<'a>(&'a self, ctx: &'a Context<'_>) -> BoxFuture<'a, Result<i64>> {
        Box::pin(async move {
            let mut conn = ctx.postgres().conn().await?;
            Ok(db::Review::count_trending(&mut conn, *self).await?)
        })
    }
}
