use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::LikeSubject;
use crate::comments::{self as comment, Comment};
use crate::reviews::{self as review, Review};
use crate::schema::{comments, likes, reviews};
use crate::transaction::transaction;
use crate::{CommentId, Conn, Error, Event, LikeId, Result, ReviewId, User, UserId};

/// What was liked, or no longer is, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub enum Liked {
    Review(Review),
    Comment(Comment),
}

impl LikeSubject {
    /// Makes `user` like this, or not like it: the same twice does no more than once.
    pub async fn set_liked(self, conn: &mut Conn, user: UserId, liked: bool) -> Result<Liked> {
        transaction(conn, async |conn| {
            User::hold(conn, user).await?;
            // Locked before the like refers to it: whoever deletes it in between would wait for the like, and the like for them.
            let subject = self.lock(conn).await?;
            let changed =
                if liked { self.insert_like(conn, user).await? } else { self.delete_like(conn, user).await? };
            if changed == 0 {
                return Ok(subject);
            }
            let subject = self.count(conn, if liked { 1 } else { -1 }).await?;
            let event =
                if liked { Event::Liked { subject: self, user } } else { Event::Unliked { subject: self, user } };
            event.record(conn).await?;
            Ok(subject)
        })
        .await
    }

    async fn insert_like(self, conn: &mut Conn, user: UserId) -> Result<usize> {
        let (review, comment) = self.columns();
        Ok(diesel::insert_into(likes::table)
            .values((
                likes::id.eq(LikeId::new()),
                likes::user_id.eq(user),
                likes::review_id.eq(review),
                likes::comment_id.eq(comment),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?)
    }

    async fn delete_like(self, conn: &mut Conn, user: UserId) -> Result<usize> {
        let of_user = diesel::delete(likes::table).filter(likes::user_id.eq(user));
        Ok(match self {
            Self::Review(id) => of_user.filter(likes::review_id.eq(id)).execute(conn).await?,
            Self::Comment(id) => of_user.filter(likes::comment_id.eq(id)).execute(conn).await?,
        })
    }

    async fn count(self, conn: &mut Conn, by: i32) -> Result<Liked> {
        Ok(match self {
            Self::Review(id) => Liked::Review(
                diesel::update(reviews::table.find(id))
                    .set(reviews::like_count.eq(reviews::like_count + by))
                    .returning(Review::as_returning())
                    .get_result(conn)
                    .await?,
            ),
            Self::Comment(id) => Liked::Comment(
                diesel::update(comments::table.find(id))
                    .set(comments::like_count.eq(comments::like_count + by))
                    .returning(Comment::as_returning())
                    .get_result(conn)
                    .await?,
            ),
        })
    }

    /// Finds what everybody can see, and keeps others from changing it until the transaction ends.
    async fn lock(self, conn: &mut Conn) -> Result<Liked> {
        let found = match self {
            Self::Review(id) => {
                let visible = Review::query().filter(reviews::id.eq(id)).filter(review::VISIBLE).for_no_key_update();
                visible.first(conn).await.optional()?.map(Liked::Review)
            }
            Self::Comment(id) => {
                let visible =
                    Comment::query().filter(comments::id.eq(id)).filter(comment::REACHABLE).for_no_key_update();
                visible.first(conn).await.optional()?.map(Liked::Comment)
            }
        };
        found.ok_or(Error::Missing(self.what()))
    }

    /// Finds what everybody can see.
    pub(crate) async fn find(self, conn: &mut Conn) -> Result<Liked> {
        let found = match self {
            Self::Review(id) => Review::find_many(conn, &[id]).await?.pop().map(Liked::Review),
            Self::Comment(id) => Comment::find_many(conn, &[id]).await?.pop().map(Liked::Comment),
        };
        found.ok_or(Error::Missing(self.what()))
    }

    pub(crate) fn columns(self) -> (Option<ReviewId>, Option<CommentId>) {
        match self {
            Self::Review(id) => (Some(id), None),
            Self::Comment(id) => (None, Some(id)),
        }
    }

    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Review(_) => "review",
            Self::Comment(_) => "comment",
        }
    }
}
