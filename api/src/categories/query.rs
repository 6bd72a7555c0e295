use async_graphql::{Context, Object};

use super::{Category, TopCategories};
use crate::Result;
use crate::context::ContextExt;

#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// The categories at the top of the tree, in the order to show them; each has `children`.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let tops = ctx.load(TopCategories).await?.unwrap_or_default();
        Ok(tops.into_iter().map(Category).collect())
    }
}
