//! Shops, and where, when and how good they are.

pub(crate) mod contact;
mod faces;
pub mod hours;
mod loader;
pub(crate) mod locate;
mod mutation;
pub mod opening_times;
mod query;
mod search;

use async_graphql::{Context, ID, Object};

use crate::categories::Category;
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::page::{Connection, Total, limit, page};
use crate::reviews::{Review, ReviewEdge, ReviewOrder, ReviewsOf, ViewersReviewOf};
use crate::scalars::{Date, DateTime, PhoneNumber, Url};
use crate::visits::VisitsOf;
use crate::{Error, Result, global_id};

pub use faces::{Address, GeoCircle, GeoPoint, Image, Money, OpeningHours, PriceLevel, RatingStats};
use loader::OwnedBy;
pub use mutation::{ShopMutation, ShopPayload};
pub use query::ShopQuery;
pub use search::ShopConnection;

pub struct Shop(pub db::Shop);

/// Of how many days visitors are counted at once.
const MOST_DAYS: i64 = 366;

/// A place that people go to and review: a restaurant, a hairdresser, a museum.
#[Object]
impl Shop {
    /// Opaque and globally unique; good for `node(id:)`.
    pub async fn id(&self) -> ID {
        global_id::encode(self.0.id)
    }

    /// Grows with each edit. Pass it back when you edit, so that nobody's edit is lost.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The name, as it is written on the door.
    async fn name(
        &self,
        #[graphql(
            desc = "The language wanted, as a BCP 47 tag such as `sv` or `zh-Hant`, where the shop has a name in it."
        )]
        locale: Option<String>,
    ) -> &str {
        locale.and_then(|locale| self.0.names.get(&locale)).unwrap_or(&self.0.name)
    }

    /// What kind of shop it is.
    async fn category(&self, ctx: &Context<'_>) -> Result<Category> {
        Category::of(ctx, self.0.category_id).await
    }

    /// What it cooks, in English and lower case, such as `pizza` or `chinese`; empty for all that is no place to eat.
    async fn cuisines(&self) -> &[String] {
        &self.0.cuisines
    }

    /// Pictures, best first.
    async fn photos(
        &self,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 9)] first: i32,
    ) -> Result<Vec<Image>> {
        let limit = limit(first)? as usize;
        Ok(self.0.photos.iter().take(limit).cloned().map(Image::new).collect())
    }

    /// Where letters to it go.
    async fn address(&self) -> Address {
        Address::new(self.0.address.clone())
    }

    /// Where it is.
    async fn location(&self) -> GeoPoint {
        GeoPoint { lat: self.0.lat, lng: self.0.lng }
    }

    /// The number to call; null if it is not known.
    async fn phone(&self) -> Option<PhoneNumber> {
        self.0.phone.clone().map(PhoneNumber)
    }

    /// Its site on the web; null if it is not known.
    async fn website(&self) -> Option<Url> {
        self.0.website.clone().map(Url)
    }

    /// When it is open; null if that is not known.
    async fn opening_hours(&self) -> Option<OpeningHours> {
        OpeningHours::of(&self.0)
    }

    /// What people spend on average, each; null if it is not known.
    async fn average_spend(&self) -> Option<Money> {
        let (amount_minor, currency) = self.0.average_spend_minor.zip(self.0.currency.clone())?;
        Some(Money { amount_minor, currency })
    }

    /// How expensive it is for what it is; null if that is not known.
    async fn price_level(&self) -> Option<PriceLevel> {
        self.0.price_level.and_then(PriceLevel::from_number)
    }

    /// How many different people looked at it by `shop(id:)`, from one day to another: users, and addresses of strangers. An estimate
    /// within a few per cent, which is some seconds old.
    async fn unique_visitors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first day, at the shop.")] from: Date,
        #[graphql(desc = "The last day, at the shop; at most 366 days in all.")] to: Date,
    ) -> Result<i64> {
        let (from, to) = (from.0, to.0);
        if !(0..MOST_DAYS).contains(&(to - from).num_days()) {
            let reason = format!("must be from 0 to {} days after `from`", MOST_DAYS - 1);
            return Err(Error::BadInput { field: "to", reason });
        }
        let visitors = ctx.load(VisitsOf { shop: self.0.id, from, to }).await?.unwrap_or_default();
        Ok(visitors.try_into().unwrap_or(i64::MAX))
    }

    /// What its reviews make it.
    async fn rating(&self) -> RatingStats {
        RatingStats(self.0.ratings.clone())
    }

    /// What the viewer wrote about it; null if they did not, or there is no viewer.
    async fn viewer_review(&self, ctx: &Context<'_>) -> Result<Option<Review>> {
        let Some(viewer) = ctx.viewer() else { return Ok(None) };
        Ok(ctx.load(ViewersReviewOf { viewer, shop: self.0.id }).await?.map(Review))
    }

    /// What people wrote about it.
    async fn reviews(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What comes first.", default_with = "ReviewOrder::Helpful")] order_by: ReviewOrder,
        #[graphql(desc = "Only reviews with so many stars, from 1 to 5.")] rating: Option<i32>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<Connection<ReviewEdge>> {
        let stars = rating.map(stars).transpose()?;
        let list = List::REVIEWS_OF_SHOP.by(order_by as u8);
        let page = page(first, after.as_ref(), list)?;
        let total = match stars {
            None => self.0.ratings.count(),
            Some(stars) => self.0.ratings.histogram()[usize::from(stars.unsigned_abs()) - 1],
        };
        let key = ReviewsOf { shop: self.0.id, order: order_by.into(), stars, page };
        let slice = ctx.load(key).await?.unwrap_or_default();
        Ok(Connection::new(&page, slice, Total::Known(total.into()), ReviewEdge::ranked(list)))
    }

    /// Whether the viewer may edit it: merchants may edit the shops they own.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> bool {
        self.0.owner_id.is_some() && self.0.owner_id == ctx.viewer()
    }

    /// Since when it is listed here.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When its data was last edited.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

impl Shop {
    /// Loads a shop that cannot be missing, since a row refers to it.
    pub async fn of(ctx: &Context<'_>, id: db::ShopId) -> Result<Self> {
        ctx.load(id).await?.map(Self).ok_or(Error::Gone { what: "shop" })
    }
}

/// The shops of a merchant, listed last first.
pub async fn owned_by(
    ctx: &Context<'_>,
    owner: db::UserId,
    first: i32,
    after: Option<Cursor>,
) -> Result<ShopConnection> {
    let page = page(first, after.as_ref(), List::SHOPS_OF_OWNER)?;
    let slice = ctx.load(OwnedBy { owner, page }).await?.unwrap_or_default();
    Ok(ShopConnection::owned(&page, slice, owner))
}

fn stars(rating: i32) -> Result<i16> {
    i16::try_from(rating)
        .ok()
        .filter(|stars| (1..=5).contains(stars))
        .ok_or_else(|| Error::BadInput { field: "rating", reason: format!("must be within 1 and 5, but is {rating}") })
}
