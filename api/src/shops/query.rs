use async_graphql::{Context, ID, Object};

use super::Shop;
use super::search::{ShopConnection, ShopFilter, ShopOrder};
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::page::page;
use crate::{Error, Result, global_id};

#[derive(Default)]
pub struct ShopQuery;

const MAX_QUERY: usize = 200;
const MAX_WORDS: usize = 20;

#[Object]
impl ShopQuery {
    /// One shop; null if there is none of this id. Whoever asks counts among its visitors.
    async fn shop(&self, ctx: &Context<'_>, #[graphql(desc = "The `id` of a `Shop`.")] id: ID) -> Result<Option<Shop>> {
        let id: db::ShopId = global_id::decode("id", &id)?;
        let shop = ctx.load(id).await?;
        Ok(shop.map(|shop| {
            ctx.visit(&shop);
            Shop(shop)
        }))
    }

    /// Finds shops. Without any argument: all of them, the best first.
    async fn search_shops(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Words in the name (of any language), the cuisine or the category, in any script, typos forgiven; all must be found. At most 200 characters and 20 words."
        )]
        query: Option<String>,
        #[graphql(desc = "What the shops must be like.")] filter: Option<ShopFilter>,
        #[graphql(desc = "What comes first.", default_with = "ShopOrder::Relevance")] order_by: ShopOrder,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<ShopConnection> {
        let mut filter = filter.unwrap_or_default().parse(ctx.now())?;
        if let Some(query) = query {
            search_words(&mut filter, &query)?;
        }
        if order_by == ShopOrder::Distance && filter.near.is_none() {
            return Err(Error::BadInput { field: "orderBy", reason: "DISTANCE wants `filter.near`".into() });
        }
        let page = page(first, after.as_ref(), List::SHOPS.by(order_by as u8))?;

        let mut conn = ctx.postgres().conn().await?;
        let slice = db::Shop::search(&mut conn, &filter, order_by.into(), page).await?;
        Ok(ShopConnection::found(&page, slice, filter, order_by))
    }
}

fn search_words(filter: &mut db::ShopFilter, query: &str) -> Result<()> {
    let length = query.chars().count();
    if length > MAX_QUERY {
        let reason = format!("must have at most {MAX_QUERY} characters, but has {length}");
        return Err(Error::BadInput { field: "query", reason });
    }
    if query.trim().is_empty() {
        return Ok(());
    }
    let reason = match filter.search_words(query) {
        0 => "has no letter and no digit".into(),
        1..=MAX_WORDS => return Ok(()),
        words => format!("must have at most {MAX_WORDS} words (ideographs count as such), but has {words}"),
    };
    Err(Error::BadInput { field: "query", reason })
}
