use async_graphql::{Context, ID, Object};

use super::{User, Viewer};
use crate::context::ContextExt;
use crate::{Result, global_id};

#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// Who sends this request, with what is for their eyes only; null without a valid access token.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        ctx.bearer().ok().map(Viewer)
    }

    /// One user; null if there is none of this id.
    async fn user(&self, ctx: &Context<'_>, #[graphql(desc = "The `id` of a `User`.")] id: ID) -> Result<Option<User>> {
        let id: db::UserId = global_id::decode("id", &id)?;
        Ok(ctx.load(id).await?.map(User))
    }
}
