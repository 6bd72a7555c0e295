//! What people say about shops: `write` has the transactions.

mod write;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Double, Text, Uuid};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::keyset::{behind_ascending, behind_descending};
use crate::lateral::{self, Parent};
use crate::literal::{Literal, literal};
use crate::schema::{reviews, users};
use crate::words::words;
use crate::{Conn, Keyed, Page, Rank, Result, ReviewId, Role, ShopId, Slice, UserId};

pub use write::{NewReview, ReviewChanges};

#[derive(Clone, Debug, PartialEq, HasQuery, Serialize, Deserialize)]
pub struct Review {
    pub id: ReviewId,
    pub version: i32,
    pub shop_id: ShopId,
    pub author_id: UserId,
    pub rating: i16,
    pub title: Option<String>,
    pub body: String,
    pub like_count: i32,
    pub comment_count: i32,
    pub merchant_reply: Option<String>,
    pub merchant_reply_at: Option<DateTime<Utc>>,
    pub state: ContentState,
    pub created_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
}

/// Whether what somebody wrote can be seen by everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromSqlRow, AsExpression)]
#[serde(rename_all = "snake_case")]
#[diesel(sql_type = Text)]
pub enum ContentState {
    Visible,
    Pending,
    Hidden,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReviewOrder {
    Helpful,
    Newest,
    RatingAscending,
    RatingDescending,
}

/// What indexes on reviews are restricted to, in their very words.
pub(crate) const VISIBLE: Literal<Bool> = literal("reviews.state = 'visible'");

impl Review {
    pub async fn find_many(conn: &mut Conn, ids: &[ReviewId]) -> Result<Vec<Self>> {
        Ok(Self::query().filter(reviews::id.eq_any(ids)).filter(VISIBLE).load(conn).await?)
    }

    /// Those of the given reviews that `viewer` may see though others may not: their own, and for moderators all.
    pub async fn find_seen(conn: &mut Conn, viewer: UserId, ids: &[ReviewId]) -> Result<Vec<Self>> {
        let moderator = users::table.find(viewer).filter(users::role.eq(Role::Moderator));
        Ok(Self::query()
            .filter(reviews::id.eq_any(ids))
            .filter(reviews::author_id.eq(viewer).or(diesel::dsl::exists(moderator)))
            .load(conn)
            .await?)
    }

    /// What `author` wrote about each given shop, where they did.
    pub async fn of_author_and_shops(conn: &mut Conn, author: UserId, shops: &[ShopId]) -> Result<Vec<Self>> {
        Ok(Self::query()
            .filter(reviews::author_id.eq(author))
            .filter(reviews::shop_id.eq_any(shops))
            .load(conn)
            .await?)
    }

    /// The same page of every given shop; only reviews with so many `stars`, if given.
    pub async fn pages_of_shops(
        conn: &mut Conn,
        shops: &[ShopId],
        order: ReviewOrder,
        stars: Option<i16>,
        page: Page<Rank<ReviewId>>,
    ) -> Result<HashMap<ShopId, Slice<Keyed<Self>>>> {
        let mut query = reviews::table
            .select((Self::as_select(), order.key()))
            .filter(reviews::shop_id.eq(Parent))
            .filter(VISIBLE)
            .limit(page.probe())
            .into_boxed();
        if let Some(stars) = stars {
            query = query.filter(reviews::rating.eq(stars));
        }
        query = match (order, page.after) {
            (_, None) => query,
            (ReviewOrder::Newest, Some(Rank { id, .. })) => query.filter(reviews::id.lt(id)),
            (_, Some(Rank { value, id })) => {
                let after = (value.into_sql::<Double>(), id.into_sql::<Uuid>());
                match order {
                    ReviewOrder::RatingAscending => query.filter(behind_ascending((order.key(), reviews::id), after)),
                    _ => query.filter(behind_descending((order.key(), reviews::id), after)),
                }
            }
        };
        query = match order {
            ReviewOrder::Newest => query.order(reviews::id.desc()),
            ReviewOrder::RatingAscending => query.order((order.key().asc(), reviews::id.asc())),
            _ => query.order((order.key().desc(), reviews::id.desc())),
        };
        let rows: Vec<(ShopId, (Self, f64))> = lateral::for_each(shops, query).load(conn).await?;
        Ok(page.slices(shops, rows.into_iter().map(|(shop, row)| (shop, row.into()))))
    }

    /// Those of a shop that came after some review, oldest first.
    pub async fn of_shop_since(conn: &mut Conn, shop: ShopId, after: ReviewId, limit: u32) -> Result<Vec<Self>> {
        Ok(Self::query()
            .filter(reviews::shop_id.eq(shop))
            .filter(VISIBLE)
            .filter(reviews::id.gt(after))
            .order(reviews::id)
            .limit(limit.into())
            .load(conn)
            .await?)
    }

    /// The same page of every given author, newest first.
    pub async fn pages_of_authors(
        conn: &mut Conn,
        authors: &[UserId],
        page: Page<ReviewId>,
    ) -> Result<HashMap<UserId, Slice<Self>>> {
        let mut query = Self::query()
            .filter(reviews::author_id.eq(Parent))
            .filter(VISIBLE)
            .order(reviews::id.desc())
            .limit(page.probe())
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(reviews::id.lt(after));
        }
        Ok(page.slices(authors, lateral::for_each(authors, query).load(conn).await?))
    }
}

impl ReviewOrder {
    /// The number that reviews are ordered by, in the words of the index that has it.
    fn key(self) -> Literal<Double> {
        literal(match self {
            Self::Helpful => "(reviews.like_count::double precision)",
            Self::Newest => "0::double precision",
            Self::RatingAscending | Self::RatingDescending => "(reviews.rating::double precision)",
        })
    }
}

words! { ContentState { Visible "visible" Pending "pending" Hidden "hidden" } }
