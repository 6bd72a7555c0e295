//! Finding shops: by words, place, category, hours, rating and price, in any order.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::expression::BoxableExpression;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Double, Nullable, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::keyset::{behind_ascending, behind_descending};
use crate::literal::{Literal, literal};
use crate::schema::{categories, opening_times, shops};
use crate::{CategoryId, Conn, Keyed, Near, Page, Rank, Result, Shop, ShopId, Slice, UserId, text};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShopFilter {
    /// Folded words that must all be found.
    words: Vec<String>,
    pub near: Option<Near>,
    /// Any of these or of their children; no restriction when empty.
    pub categories: Vec<CategoryId>,
    pub open_at: Option<DateTime<Utc>>,
    pub min_rating: Option<f64>,
    /// Any of these; no restriction when empty.
    pub price_levels: Vec<i16>,
    pub has_photos: Option<bool>,
    pub owner: Option<UserId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShopOrder {
    Relevance,
    /// From this point, or else the filter's. Wants one of them.
    Distance,
    Rating,
    ReviewCount,
    PriceAscending,
    PriceDescending,
}

/// How many of the shops found are of a category, or of a price level.
#[derive(Clone, Debug, PartialEq)]
pub struct ShopFacets {
    pub categories: Vec<(CategoryId, i64)>,
    pub price_levels: Vec<(i16, i64)>,
}

define_sql_function! { fn word_similarity(word: Text, text: Text) -> diesel::sql_types::Float }
diesel::infix_operator!(HasWordLike, " %> ");

/// The key of the index `shops_most_reviewed`.
const REVIEW_COUNT: Literal<Double> =
    literal("(shops.rating_1 + shops.rating_2 + shops.rating_3 + shops.rating_4 + shops.rating_5)::double precision");
// Below any that can be asked for, as long as there are no ratings.
const AVERAGE: Literal<Double> = literal(
    "coalesce((shops.rating_1 + 2 * shops.rating_2 + 3 * shops.rating_3 + 4 * shops.rating_4 + 5 * shops.rating_5)::double precision \
     / nullif(shops.rating_1 + shops.rating_2 + shops.rating_3 + shops.rating_4 + shops.rating_5, 0), 0)",
);
const PARENT_CATEGORY: Literal<Nullable<Uuid>> =
    literal("(select parent_id from categories where categories.id = shops.category_id)");
// Shops of unknown price come last in either direction.
const PRICE_OR_MORE: Literal<Double> = literal("coalesce(shops.average_spend_minor, 2147483647)::double precision");
const PRICE_OR_LESS: Literal<Double> = literal("coalesce(shops.average_spend_minor, 0)::double precision");

type Boxed<'a, ST> = Box<dyn BoxableExpression<shops::table, Pg, SqlType = ST> + 'a>;

impl ShopFilter {
    /// Adds the words of a query in any script, each once, and tells how many there are.
    pub fn search_words(&mut self, query: &str) -> usize {
        let mut seen = HashSet::new();
        let folded = text::fold(query);
        let words = folded.split(' ').filter(|word| !word.is_empty() && seen.insert(*word));
        self.words = words.map(str::to_owned).collect();
        self.words.len()
    }

    fn condition(&self) -> Boxed<'_, Bool> {
        let mut all: Boxed<'_, Bool> = Box::new(literal::<Bool>("true"));
        for word in &self.words {
            all = Box::new(all.and(HasWordLike::new(shops::search_text, word.as_str().into_sql::<Text>())));
        }
        if let Some(near) = self.near {
            all = Box::new(all.and(near.contains_shop()));
        }
        if !self.categories.is_empty() {
            let children =
                categories::table.filter(categories::parent_id.eq_any(&self.categories)).select(categories::id);
            let either = shops::category_id.eq_any(&self.categories).or(shops::category_id.eq_any(children));
            all = Box::new(all.and(either));
        }
        if let Some(at) = self.open_at {
            let open = opening_times::table
                .filter(opening_times::shop_id.eq(shops::id))
                .filter(opening_times::times.contains(at));
            all = Box::new(all.and(diesel::dsl::exists(open)));
        }
        if let Some(least) = self.min_rating {
            all = Box::new(all.and(AVERAGE.ge(least)));
        }
        if !self.price_levels.is_empty() {
            all = Box::new(all.and(shops::price_level.assume_not_null().eq_any(&self.price_levels)));
        }
        if let Some(owner) = self.owner {
            all = Box::new(all.and(shops::owner_id.assume_not_null().eq(owner)));
        }
        match self.has_photos {
            Some(true) => Box::new(all.and(shops::photos.ne(Vec::<String>::new()))),
            Some(false) => Box::new(all.and(shops::photos.eq(Vec::<String>::new()))),
            None => all,
        }
    }

    /// What the shops are ordered by, and whether upwards.
    fn key(&self, order: ShopOrder) -> (Boxed<'_, Double>, bool) {
        match order {
            ShopOrder::Relevance if !self.words.is_empty() => {
                let likeness = word_similarity(self.words.join(" "), shops::search_text);
                // A rating decides between names that are about as like.
                (Box::new(likeness.cast::<Double>() + shops::rating_score / 50.0), false)
            }
            ShopOrder::Distance if let Some(near) = self.near => (Box::new(near.chord()), true),
            ShopOrder::Relevance | ShopOrder::Distance | ShopOrder::Rating => (Box::new(shops::rating_score), false),
            ShopOrder::ReviewCount => (Box::new(REVIEW_COUNT), false),
            ShopOrder::PriceAscending => (Box::new(PRICE_OR_MORE), true),
            ShopOrder::PriceDescending => (Box::new(PRICE_OR_LESS), false),
        }
    }
}

impl Shop {
    pub async fn search(
        conn: &mut Conn,
        filter: &ShopFilter,
        order: ShopOrder,
        page: Page<Rank<ShopId>>,
    ) -> Result<Slice<Keyed<Self>>> {
        let (key, upwards) = filter.key(order);
        let (bound, _) = filter.key(order);
        let (sort, _) = filter.key(order);
        let mut query = shops::table.select((Self::as_select(), key)).filter(filter.condition()).into_boxed();
        if let Some(Rank { value, id }) = page.after {
            let after = (value.into_sql::<Double>(), id.into_sql::<Uuid>());
            query = if upwards {
                query.filter(behind_ascending((bound, shops::id), after))
            } else {
                query.filter(behind_descending((bound, shops::id), after))
            };
        }
        query = if upwards {
            query.order((sort.asc(), shops::id.asc()))
        } else {
            query.order((sort.desc(), shops::id.desc()))
        };
        let rows: Vec<(Self, f64)> = query.limit(page.probe()).load(conn).await?;
        Ok(page.slice(rows.into_iter().map(Keyed::from).collect()))
    }

    pub async fn count_found(conn: &mut Conn, filter: &ShopFilter) -> Result<i64> {
        Ok(shops::table.filter(filter.condition()).count().get_result(conn).await?)
    }
}

impl ShopFacets {
    /// Counts each facet as if the filter did not restrict it, so that it shows what else there is to choose.
    pub async fn count(conn: &mut Conn, filter: &ShopFilter) -> Result<Self> {
        let any_category = ShopFilter { categories: Vec::new(), ..filter.clone() };
        let any_price = ShopFilter { price_levels: Vec::new(), ..filter.clone() };
        let of_category: Vec<(CategoryId, Option<CategoryId>, i64)> = shops::table
            .filter(any_category.condition())
            .group_by(shops::category_id)
            .select((shops::category_id, PARENT_CATEGORY, diesel::dsl::count_star()))
            .load(conn)
            .await?;
        let price_levels = shops::table
            .filter(any_price.condition())
            .filter(shops::price_level.is_not_null())
            .group_by(shops::price_level)
            .select((shops::price_level.assume_not_null(), diesel::dsl::count_star()))
            .order(shops::price_level)
            .load(conn)
            .await?;
        Ok(Self { categories: with_parents(&of_category), price_levels })
    }
}

/// Counts what is of a category into its parent as well, as the filter does; most first.
fn with_parents(of_category: &[(CategoryId, Option<CategoryId>, i64)]) -> Vec<(CategoryId, i64)> {
    let mut counts = BTreeMap::new();
    for &(category, parent, count) in of_category {
        for category in [Some(category), parent].into_iter().flatten() {
            *counts.entry(category).or_default() += count;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    counts
}
