//! The arguments and the results of a search for shops.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{Duration, Utc};

use super::Shop;
use super::faces::{GeoCircle, PriceLevel, in_range};
use super::opening_times::HORIZON;
use crate::categories::Category;
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::page::{Edge, PageInfo};
use crate::scalars::DateTime;
use crate::{Error, Result, global_id};

/// What the shops found must be like, all of it at once.
#[derive(Default, InputObject)]
pub(crate) struct ShopFilter {
    /// Only shops in this circle. Edges then tell the distance from its centre.
    near: Option<GeoCircle>,
    /// Only shops of any of these categories or of their children; at most 50.
    category_ids: Option<Vec<ID>>,
    /// Only shops that are open at this time, from yesterday to two weeks ahead.
    open_at: Option<DateTime>,
    /// Only shops that are open at the moment; false does not restrict. Not together with `openAt`.
    open_now: Option<bool>,
    /// Only shops whose ratings have this mean at least, from 1 to 5.
    min_rating: Option<f64>,
    /// Only shops of any of these price levels; empty does not restrict.
    price: Option<Vec<PriceLevel>>,
    /// Only shops with a photo (or only those without any).
    has_photos: Option<bool>,
}

const MAX_CATEGORIES: usize = 50;

impl ShopFilter {
    pub(super) fn parse(self, now: chrono::DateTime<Utc>) -> Result<db::ShopFilter> {
        let open_at = match (self.open_at, self.open_now.unwrap_or_default()) {
            (Some(_), true) => {
                let reason = "and `filter.openNow` exclude each other".into();
                return Err(Error::BadInput { field: "filter.openAt", reason });
            }
            (Some(DateTime(at)), false) if !(now - Duration::days(1)..=now + HORIZON).contains(&at) => {
                let reason = "must be within yesterday and two weeks ahead".into();
                return Err(Error::BadInput { field: "filter.openAt", reason });
            }
            (Some(DateTime(at)), false) => Some(at),
            (None, true) => Some(now),
            (None, false) => None,
        };
        if let Some(least) = self.min_rating {
            in_range("filter.minRating", least, 1.0, 5.0)?;
        }
        let category_ids = self.category_ids.unwrap_or_default();
        if category_ids.len() > MAX_CATEGORIES {
            let reason = format!("must have at most {MAX_CATEGORIES} items, but has {}", category_ids.len());
            return Err(Error::BadInput { field: "filter.categoryIds", reason });
        }
        let mut filter = db::ShopFilter::default();
        filter.near = self.near.map(GeoCircle::parse).transpose()?;
        filter.categories =
            category_ids.iter().map(|id| global_id::decode("filter.categoryIds", id)).collect::<Result<_>>()?;
        filter.open_at = open_at;
        filter.min_rating = self.min_rating;
        filter.price_levels = self.price.unwrap_or_default().into_iter().map(PriceLevel::number).collect();
        filter.has_photos = self.has_photos;
        Ok(filter)
    }
}

/// Orders of the shops found.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "db::ShopOrder")]
pub(crate) enum ShopOrder {
    /// Most like the words of the query first, and the better rated among those; without a query, like `RATING`.
    Relevance,
    /// Nearest first. Wants `filter.near`.
    Distance,
    /// Best first, by `rating.bayesian`.
    Rating,
    /// Most reviews first.
    ReviewCount,
    /// Least `averageSpend` first; shops where it is not known last.
    #[graphql(name = "PRICE_ASC")]
    PriceAscending,
    /// Most `averageSpend` first; shops where it is not known last.
    #[graphql(name = "PRICE_DESC")]
    PriceDescending,
}

/// A shop in a list.
#[derive(SimpleObject)]
pub(crate) struct ShopEdge {
    /// Where the item is in the list.
    cursor: Cursor,
    /// The shop itself.
    node: Shop,
    /// How far it is over the ground from the centre of `filter.near`, as the crow flies; null without that, and in
    /// lists that are no search.
    distance_meters: Option<f64>,
}

impl Edge for ShopEdge {
    const CONNECTION: &'static str = "ShopConnection";

    fn cursor(&self) -> &Cursor {
        &self.cursor
    }
}

pub struct ShopConnection {
    edges: Vec<ShopEdge>,
    page_info: PageInfo,
    filter: db::ShopFilter,
}

impl ShopConnection {
    pub(super) fn found(
        page: &db::Page<db::Rank<db::ShopId>>,
        slice: db::Slice<db::Keyed<db::Shop>>,
        filter: db::ShopFilter,
        order: ShopOrder,
    ) -> Self {
        let near = filter.near;
        Self::new(page, slice, filter, |db::Keyed { row, value }| ShopEdge {
            cursor: Cursor::new(List::SHOPS.by(order as u8), &db::Rank { value, id: row.id }),
            distance_meters: near.map(|near| near.meters_to(row.lat, row.lng)),
            node: Shop(row),
        })
    }

    pub(super) fn owned(page: &db::Page<db::ShopId>, slice: db::Slice<db::Shop>, owner: db::UserId) -> Self {
        let mut filter = db::ShopFilter::default();
        filter.owner = Some(owner);
        Self::new(page, slice, filter, |shop| ShopEdge {
            cursor: Cursor::new(List::SHOPS_OF_OWNER, &shop.id),
            distance_meters: None,
            node: Shop(shop),
        })
    }

    fn new<P, Row>(
        page: &db::Page<P>,
        slice: db::Slice<Row>,
        filter: db::ShopFilter,
        edge: impl FnMut(Row) -> ShopEdge,
    ) -> Self {
        let edges: Vec<ShopEdge> = slice.rows.into_iter().map(edge).collect();
        let page_info = PageInfo::new(&edges, page.after.is_some(), slice.has_more);
        Self { edges, page_info, filter }
    }
}

/// A page of shops.
#[Object]
impl ShopConnection {
    /// The shops of this page, in order.
    async fn edges(&self) -> &[ShopEdge] {
        &self.edges
    }

    /// Where this page begins and ends, and whether there are more.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many shops there are on all pages together. Costs extra: select it only if you show it.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        let mut conn = ctx.postgres().conn().await?;
        Ok(Some(db::Shop::count_found(&mut conn, &self.filter).await?))
    }

    /// How many shops each further restriction would leave: categories, most first, then price levels, cheapest first; each kind
    /// counted as if the filter did not restrict it. Costs extra: select it only if you show it.
    async fn facets(&self, ctx: &Context<'_>) -> Result<Option<Vec<Facet>>> {
        let mut conn = ctx.postgres().conn().await?;
        let facets = db::ShopFacets::count(&mut conn, &self.filter).await?;
        drop(conn);
        let categories = facets.categories.into_iter().map(|(id, count)| Facet::Category { id, count });
        let prices = facets
            .price_levels
            .into_iter()
            .filter_map(|(number, count)| PriceLevel::from_number(number).map(|level| Facet::Price { level, count }));
        Ok(Some(categories.chain(prices).collect()))
    }
}

pub(crate) enum Facet {
    Category { id: db::CategoryId, count: i64 },
    Price { level: PriceLevel, count: i64 },
}

/// What a facet restricts.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum FacetKind {
    /// `ShopFilter.categoryIds`
    Category,
    /// `ShopFilter.price`
    Price,
}

/// One way to restrict the search further.
#[Object]
impl Facet {
    /// What it restricts.
    async fn kind(&self) -> FacetKind {
        match self {
            Self::Category { .. } => FacetKind::Category,
            Self::Price { .. } => FacetKind::Price,
        }
    }

    /// What to put into the filter: the id of a category, or a price level.
    async fn key(&self) -> String {
        match self {
            Self::Category { id, .. } => global_id::encode(*id).0,
            Self::Price { level, .. } => level.name().to_owned(),
        }
    }

    /// What to show.
    async fn label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language wanted, as a BCP 47 tag; English where there is no such label.")] locale: Option<
            String,
        >,
    ) -> Result<String> {
        match self {
            Self::Category { id, .. } => Ok(Category::of(ctx, *id).await?.label(locale.as_deref()).to_owned()),
            Self::Price { level, .. } => Ok("€".repeat(usize::from(level.number().unsigned_abs()))),
        }
    }

    /// How many shops it would leave.
    async fn count(&self) -> i64 {
        match self {
            Self::Category { count, .. } | Self::Price { count, .. } => *count,
        }
    }
}
