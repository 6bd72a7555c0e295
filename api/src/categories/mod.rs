//! What kinds of shops there are.

mod loader;
mod query;

use async_graphql::{Context, ID, Object};

use crate::context::ContextExt;
use crate::{Error, Result, global_id};

pub use loader::{ChildrenOf, TopCategories};
pub use query::CategoryQuery;

pub struct Category(pub db::Category);

/// A kind of shop, in a tree of two levels: a restaurant is a place to eat.
#[Object]
impl Category {
    /// Opaque and globally unique; good for `node(id:)` and `ShopFilter.categoryIds`. The same on every installation.
    pub async fn id(&self) -> ID {
        global_id::encode(self.0.id)
    }

    /// The name to show.
    async fn name(
        &self,
        #[graphql(
            desc = "The language wanted, as a BCP 47 tag such as `zh` or `en-GB`. English where there is no such name."
        )]
        locale: Option<String>,
    ) -> &str {
        self.label(locale.as_deref())
    }

    /// An emoji that stands for the category.
    async fn icon(&self) -> &str {
        &self.0.icon
    }

    /// The category that this one is part of; null at the top of the tree.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Category>> {
        match self.0.parent_id {
            None => Ok(None),
            Some(parent) => Category::of(ctx, parent).await.map(Some),
        }
    }

    /// The categories that are part of this one, in the order to show them.
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let children = ctx.load(ChildrenOf(self.0.id)).await?.unwrap_or_default();
        Ok(children.into_iter().map(Category).collect())
    }
}

impl Category {
    pub fn label(&self, locale: Option<&str>) -> &str {
        let names = &self.0.names;
        locale.and_then(|locale| names.get(locale)).or_else(|| names.get("en")).unwrap_or(&self.0.slug)
    }

    /// Loads a category that cannot be missing, since a row refers to it.
    pub async fn of(ctx: &Context<'_>, id: db::CategoryId) -> Result<Self> {
        ctx.load(id).await?.map(Self).ok_or(Error::Gone { what: "category" })
    }
}
