use async_graphql::{Context, Object};

use super::TrendWindow;
use crate::Result;
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::page::{Connection, Total, page};
use crate::reviews::ReviewEdge;
use crate::shops::GeoCircle;

#[derive(Default)]
pub struct FeedQuery;

#[Object]
impl FeedQuery {
    /// What people talk about: the reviews of the window, ranked by likes (1 point) and comments (2 points), which lose half
    /// their weight with each quarter of the window.
    async fn trending_reviews(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only reviews of shops in this circle.")] near: Option<GeoCircle>,
        #[graphql(desc = "How far back to look.", default_with = "TrendWindow::Week")] window: TrendWindow,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<Connection<ReviewEdge>> {
        let near = near.map(GeoCircle::parse).transpose()?;
        let list = List::TRENDS.by(window as u8);
        let page = page(first, after.as_ref(), list)?;
        let trend = db::Trend { window: window.into(), near, at: ctx.now() };

        let mut conn = ctx.postgres().conn().await?;
        let slice = db::Review::trending(&mut conn, trend, page).await?;
        Ok(Connection::new(&page, slice, Total::counted(trend), ReviewEdge::ranked(list)))
    }
}
