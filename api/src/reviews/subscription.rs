use async_graphql::{Context, ID, Subscription};
use futures_util::{Stream, StreamExt};

use super::loader::ReviewsSince;
use super::{ReviewEdge, ReviewOrder};
use crate::context::ContextExt;
use crate::cursor::List;
use crate::live::{News, follow};
use crate::{Error, Result, global_id};

#[derive(Default)]
pub struct ReviewSubscription;

#[Subscription]
impl ReviewSubscription {
    /// Tells of each new review of a shop, with its place in the shop's `reviews(orderBy: NEWEST)`.
    async fn review_added<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
        #[graphql(desc = "The `id` of a `Shop`.")] shop_id: ID,
    ) -> Result<impl Stream<Item = Result<ReviewEdge>> + use<'ctx>> {
        let shop: db::ShopId = global_id::decode("shopId", &shop_id)?;
        let news = follow(ctx, ReviewsOfShop(shop)).await?;
        if Box::pin(ctx.load(shop)).await?.is_none() {
            return Err(Error::BadInput { field: "shopId", reason: "is not the id of a shop that there is".into() });
        }
        let edge = ReviewEdge::ranked(List::REVIEWS_OF_SHOP.by(ReviewOrder::Newest as u8));
        Ok(news.map(move |review| Ok(edge(db::Keyed { row: review?, value: 0.0 }))))
    }
}

struct ReviewsOfShop(db::ShopId);

impl News for ReviewsOfShop {
    type Id = db::ReviewId;
    type One = db::ReviewId;
    type Since = ReviewsSince;

    fn topic(&self) -> db::Topic {
        db::Topic::ReviewsOf(self.0)
    }

    fn id(review: &db::Review) -> db::ReviewId {
        review.id
    }

    fn one(&self, id: db::ReviewId) -> db::ReviewId {
        id
    }

    fn since(&self, after: db::ReviewId) -> ReviewsSince {
        ReviewsSince { shop: self.0, after }
    }
}
