use chrono::Utc;
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;

use super::{ContentState, Review, VISIBLE};
use crate::schema::{reviews, shops, users};
use crate::shops::count_ratings;
use crate::transaction::transaction;
use crate::{Conn, Error, Event, Idempotency, Result, ReviewId, Shop, ShopId, User, UserId};

#[derive(Clone, Debug)]
pub struct NewReview {
    pub shop_id: ShopId,
    pub author_id: UserId,
    pub rating: i16,
    pub title: Option<String>,
    pub body: String,
    pub idempotency: Option<Idempotency>,
}

/// What is to become of a review; what is none stays as it is.
#[derive(Clone, Debug)]
pub struct ReviewChanges {
    pub id: ReviewId,
    /// The version that the author has seen.
    pub version: i32,
    pub author_id: UserId,
    pub rating: Option<i16>,
    pub title: Option<Option<String>>,
    pub body: Option<String>,
}

impl NewReview {
    /// Stores the review and counts it; or finds what the same request stored before.
    pub async fn insert(&self, conn: &mut Conn) -> Result<Review> {
        transaction(conn, async |conn| {
            let id = ReviewId::new();
            if let Some(idempotency) = &self.idempotency
                && let Some(first) = idempotency.claim(conn, self.author_id, id).await?
            {
                return Review::find_own(conn, first, self.author_id).await;
            }
            let values = (
                id.into_sql::<sql_types::Uuid>(),
                shops::id,
                self.author_id.into_sql::<sql_types::Uuid>(),
                self.rating.into_sql::<sql_types::SmallInt>(),
                self.title.as_deref().into_sql::<sql_types::Nullable<sql_types::Text>>(),
                self.body.as_str().into_sql::<sql_types::Text>(),
            );
            let not_own = shops::table.find(self.shop_id).filter(shops::owner_id.is_distinct_from(self.author_id));
            let inserted: Option<Review> = diesel::insert_into(reviews::table)
                .values(not_own.select(values))
                .into_columns((
                    reviews::id,
                    reviews::shop_id,
                    reviews::author_id,
                    reviews::rating,
                    reviews::title,
                    reviews::body,
                ))
                .returning(Review::as_returning())
                .get_result(conn)
                .await
                .optional()?;
            let Some(review) = inserted else { return Err(self.why_not(conn).await?) };
            review.count(conn, 1).await?;
            Event::ReviewCreated { review: id, shop: review.shop_id, author: review.author_id }.record(conn).await?;
            Ok(review)
        })
        .await
    }
}

impl NewReview {
    async fn why_not(&self, conn: &mut Conn) -> Result<Error> {
        let found = Shop::find_many(conn, &[self.shop_id]).await?;
        Ok(if found.is_empty() { Error::Missing("shop") } else { Error::Forbidden })
    }
}

impl ReviewChanges {
    pub async fn update(&self, conn: &mut Conn) -> Result<Review> {
        transaction(conn, async |conn| {
            User::hold(conn, self.author_id).await?;
            let before = Review::lock_own(conn, self.id, self.author_id).await?;
            if before.version != self.version {
                return Err(Error::Stale);
            }
            if !self.changes(&before) {
                return Ok(before);
            }
            let review: Review = diesel::update(reviews::table.find(self.id))
                .set((
                    self.rating.map(|rating| reviews::rating.eq(rating)),
                    self.title.as_ref().map(|title| reviews::title.eq(title)),
                    self.body.as_ref().map(|body| reviews::body.eq(body)),
                    reviews::version.eq(reviews::version + 1),
                    reviews::edited_at.eq(Utc::now()),
                ))
                .returning(Review::as_returning())
                .get_result(conn)
                .await?;
            if review.state == ContentState::Visible && review.rating != before.rating {
                count_ratings(conn, review.shop_id, &[(before.rating, -1), (review.rating, 1)]).await?;
            }
            let event = Event::ReviewUpdated { review: review.id, shop: review.shop_id, author: review.author_id };
            event.record(conn).await?;
            Ok(review)
        })
        .await
    }

    fn changes(&self, review: &Review) -> bool {
        self.rating.is_some_and(|rating| rating != review.rating)
            || self.title.as_ref().is_some_and(|title| *title != review.title)
            || self.body.as_ref().is_some_and(|body| *body != review.body)
    }
}

impl Review {
    /// Deletes what `author` wrote, with all comments and likes; but not what was hidden, or another would be published in its stead.
    pub async fn delete(conn: &mut Conn, id: ReviewId, author: UserId) -> Result<()> {
        transaction(conn, async |conn| {
            User::hold(conn, author).await?;
            // Not locked for less beforehand: whoever likes it would wait for us, and we for them.
            let own = reviews::table.find(id).filter(reviews::author_id.eq(author)).filter(VISIBLE);
            let deleted: Option<Self> =
                diesel::delete(own).returning(Self::as_returning()).get_result(conn).await.optional()?;
            let Some(review) = deleted else {
                let hidden = Self::find_seen(conn, author, &[id]).await?;
                return Err(if hidden.is_empty() { Self::why_not(conn, id).await? } else { Error::Forbidden });
            };
            review.count(conn, -1).await?;
            Event::ReviewDeleted { review: id, shop: review.shop_id, author }.record(conn).await
        })
        .await
    }

    /// Sets what the owner of the shop has to say to the review; with none, takes it back.
    pub async fn reply(conn: &mut Conn, id: ReviewId, merchant: UserId, reply: Option<&str>) -> Result<Self> {
        transaction(conn, async |conn| {
            let owned = shops::table.filter(shops::owner_id.eq(merchant)).select(shops::id);
            let replied: Option<Self> = diesel::update(reviews::table.find(id))
                .filter(VISIBLE)
                .filter(reviews::shop_id.eq_any(owned))
                .set((reviews::merchant_reply.eq(reply), reviews::merchant_reply_at.eq(reply.map(|_| Utc::now()))))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
                .optional()?;
            let Some(review) = replied else { return Err(Self::why_not(conn, id).await?) };
            let event = match reply {
                Some(_) => Event::MerchantReplied { review: id, shop: review.shop_id, merchant },
                None => Event::MerchantReplyWithdrawn { review: id, shop: review.shop_id },
            };
            event.record(conn).await?;
            Ok(review)
        })
        .await
    }

    /// Adds the review to what counts it, or takes it away: the ratings of the shop, the reviews of the author.
    pub(crate) async fn count(&self, conn: &mut Conn, by: i32) -> Result<()> {
        diesel::update(users::table.find(self.author_id))
            .set(users::review_count.eq(users::review_count + by))
            .execute(conn)
            .await?;
        count_ratings(conn, self.shop_id, &[(self.rating, by)]).await
    }

    async fn find_own(conn: &mut Conn, id: ReviewId, author: UserId) -> Result<Self> {
        let own: Option<Self> = Self::query()
            .filter(reviews::id.eq(id))
            .filter(reviews::author_id.eq(author))
            .first(conn)
            .await
            .optional()?;
        own.ok_or(Error::Missing("review"))
    }

    async fn lock_own(conn: &mut Conn, id: ReviewId, author: UserId) -> Result<Self> {
        let own: Option<Self> = Self::query()
            .filter(reviews::id.eq(id))
            .filter(reviews::author_id.eq(author))
            .for_no_key_update()
            .first(conn)
            .await
            .optional()?;
        match own {
            Some(review) => Ok(review),
            None => Err(Self::why_not(conn, id).await?),
        }
    }

    /// Why a write to a review did nothing.
    async fn why_not(conn: &mut Conn, id: ReviewId) -> Result<Error> {
        let visible = Self::find_many(conn, &[id]).await?;
        Ok(if visible.is_empty() { Error::Missing("review") } else { Error::Forbidden })
    }
}
