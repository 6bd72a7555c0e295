//! Reviews of many authors and shops in one list.

mod timeline;

use chrono::{DateTime, Duration, Utc};
use diesel::dsl::{AsSelect, IntoBoxed, Select};
use diesel::expression::BoxableExpression;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Double, Uuid};
use diesel_async::RunQueryDsl;

use crate::keyset::behind_descending;
use crate::lateral::{self, Parent};
use crate::literal::{Literal, literal};
use crate::reviews::VISIBLE;
use crate::schema::{follows, reviews, shops};
use crate::{Conn, Keyed, Memory, Near, Page, Rank, Result, Review, ReviewId, Slice, UserId};

/// What people talk about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    pub window: TrendWindow,
    /// Only reviews of shops in this circle.
    pub near: Option<Near>,
    /// The window ends here.
    pub at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrendWindow {
    Day,
    Week,
    Month,
}

type BoxedReviews<'a> = IntoBoxed<'a, Select<reviews::table, AsSelect<Review, Pg>>, Pg>;

impl Review {
    /// The reviews by all whom `follower` follows, newest first.
    pub async fn feed(conn: &mut Conn, memory: &Memory, follower: UserId, page: Page<ReviewId>) -> Result<Slice<Self>> {
        let Some(timelines) = memory.timelines() else { return Self::feed_of_rows(conn, follower, page).await };
        match timeline::read(conn, timelines, follower, page).await? {
            Some(slice) => Ok(slice),
            None => Self::feed_of_rows(conn, follower, page).await,
        }
    }

    /// The same without anything that was gathered ahead.
    async fn feed_of_rows(conn: &mut Conn, follower: UserId, page: Page<ReviewId>) -> Result<Slice<Self>> {
        let followees = follows::table.filter(follows::follower_id.eq(follower)).select(follows::followee_id);
        let newest = Self::newest_by_parent(page);
        let rows: Vec<(UserId, Self)> = lateral::newest_of(followees, newest, page.probe()).load(conn).await?;
        Ok(page.slice(rows.into_iter().map(|(_, review)| review).collect()))
    }

    /// Some reviews of each author, in a lateral join.
    fn newest_by_parent<'a>(page: Page<ReviewId>) -> BoxedReviews<'a> {
        let newest = reviews::table
            .select(Self::as_select())
            .into_boxed()
            .filter(reviews::author_id.eq(Parent))
            .filter(VISIBLE)
            .order(reviews::id.desc())
            .limit(page.probe());
        match page.after {
            Some(after) => newest.filter(reviews::id.lt(after)),
            None => newest,
        }
    }

    pub async fn count_feed(conn: &mut Conn, follower: UserId) -> Result<i64> {
        let followees = follows::table.filter(follows::follower_id.eq(follower)).select(follows::followee_id);
        Ok(reviews::table.filter(reviews::author_id.eq_any(followees)).filter(VISIBLE).count().get_result(conn).await?)
    }

    /// The reviews of the window, by likes and comments, of which the older count for less.
    pub async fn trending(conn: &mut Conn, trend: Trend, page: Page<Rank<ReviewId>>) -> Result<Slice<Keyed<Self>>> {
        let key = trend.window.key();
        let mut query = reviews::table
            .inner_join(shops::table)
            .select((Self::as_select(), key))
            .filter(trend.condition())
            .order((key.desc(), reviews::id.desc()))
            .limit(page.probe())
            .into_boxed();
        if let Some(Rank { value, id }) = page.after {
            let after = (value.into_sql::<Double>(), id.into_sql::<Uuid>());
            query = query.filter(behind_descending((key, reviews::id), after));
        }
        let rows: Vec<(Self, f64)> = query.load(conn).await?;
        Ok(page.slice(rows.into_iter().map(Keyed::from).collect()))
    }

    pub async fn count_trending(conn: &mut Conn, trend: Trend) -> Result<i64> {
        Ok(reviews::table.inner_join(shops::table).filter(trend.condition()).count().get_result(conn).await?)
    }
}

type ReviewsOfShops = diesel::dsl::InnerJoinQuerySource<reviews::table, shops::table>;

impl Trend {
    fn condition(&self) -> Box<dyn BoxableExpression<ReviewsOfShops, Pg, SqlType = Bool>> {
        // Ids grow with time, so their index finds the window.
        let in_window = reviews::id.ge(ReviewId::earliest_at(self.at - self.window.length())).and(VISIBLE);
        match self.near {
            None => Box::new(in_window),
            Some(near) => Box::new(in_window.and(near.contains_shop())),
        }
    }
}

impl TrendWindow {
    fn length(self) -> Duration {
        match self {
            Self::Day => Duration::days(1),
            Self::Week => Duration::weeks(1),
            Self::Month => Duration::days(30),
        }
    }

    /// `weight × 2^(-age / half-life)`, as its logarithm, which does not change with time, so that pages stay in place.
    ///
    /// A like weighs 1, a comment 2, the review itself 1; the half-life is a quarter of the window.
    fn key(self) -> Literal<Double> {
        literal(match self {
            Self::Day => {
                "ln(1 + reviews.like_count + 2 * reviews.comment_count)::double precision + ln(2::double precision) * extract(epoch from reviews.created_at)::double precision / 21600"
            }
            Self::Week => {
                "ln(1 + reviews.like_count + 2 * reviews.comment_count)::double precision + ln(2::double precision) * extract(epoch from reviews.created_at)::double precision / 151200"
            }
            Self::Month => {
                "ln(1 + reviews.like_count + 2 * reviews.comment_count)::double precision + ln(2::double precision) * extract(epoch from reviews.created_at)::double precision / 648000"
            }
        })
    }
}
