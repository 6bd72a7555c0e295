use async_graphql::{Context, Object};

use super::ReportEdge;
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::page::{Connection, Total, page};
use crate::{Error, Result};

#[derive(Default)]
pub struct ModerationQuery;

#[Object]
impl ModerationQuery {
    /// What people complained of and no moderator has looked at yet, oldest first. For moderators; `FORBIDDEN` for everybody else.
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<Connection<ReportEdge>> {
        let viewer = ctx.user()?;
        let page = page(first, after.as_ref(), List::OPEN_REPORTS)?;
        match db::Report::page_of_open(&mut *ctx.postgres().conn().await?, viewer, page).await {
            Err(db::Error::Forbidden) => Err(Error::Forbidden),
            Err(error) => Err(error.into()),
            Ok(slice) => Ok(Connection::new(&page, slice, Total::Unknown, ReportEdge::new)),
        }
    }
}
