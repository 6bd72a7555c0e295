use async_graphql::{Context, Object};

use super::User;
use crate::context::ContextExt;
use crate::cursor::Cursor;
use crate::feeds;
use crate::page::Connection;
use crate::reviews::ReviewEdge;
use crate::{Error, Result};

pub struct Viewer(pub db::UserId);

/// The user who sends the request, with what is for their eyes only.
#[Object]
impl Viewer {
    /// What everybody can see of the viewer.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        // A token outlives its account by minutes.
        ctx.load(self.0).await?.map(User).ok_or(Error::Unauthenticated)
    }

    /// All that those whom the viewer follows have published, newest first.
    async fn feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<Connection<ReviewEdge>> {
        feeds::feed(ctx, self.0, first, after).await
    }
}
