//! What people say about reviews: `write` has the transactions.

mod write;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;

use crate::lateral::{self, Parent};
use crate::literal::{Literal, literal};
use crate::schema::{comments, users};
use crate::{CommentId, Conn, ContentState, Page, Result, ReviewId, Role, Slice, UserId};

pub use write::NewComment;
pub(crate) use write::lock_any;

#[derive(Clone, Debug, PartialEq, HasQuery)]
pub struct Comment {
    pub id: CommentId,
    pub review_id: ReviewId,
    /// None once the author has deleted their account.
    pub author_id: Option<UserId>,
    /// The comment that opened the thread; none if it is this one.
    pub parent_id: Option<CommentId>,
    pub reply_to_id: Option<UserId>,
    pub body: String,
    pub like_count: i32,
    pub reply_count: i32,
    pub state: ContentState,
    pub created_at: DateTime<Utc>,
}

const VISIBLE: Literal<Bool> = literal("comments.state = 'visible'");

/// Visible, and so are the review and the thread that it belongs to.
pub(crate) const REACHABLE: Literal<Bool> = literal(
    "comments.state = 'visible'
     and exists (select from reviews where reviews.id = comments.review_id and reviews.state = 'visible')
     and (comments.parent_id is null
          or exists (select from comments as thread where thread.id = comments.parent_id and thread.state = 'visible'))",
);

impl Comment {
    pub async fn find_many(conn: &mut Conn, ids: &[CommentId]) -> Result<Vec<Self>> {
        Ok(Self::query().filter(comments::id.eq_any(ids)).filter(REACHABLE).load(conn).await?)
    }

    /// The review that it is on, and the comment that opened its thread, if it did not.
    pub async fn place(conn: &mut Conn, id: CommentId) -> Result<Option<(ReviewId, Option<CommentId>)>> {
        let place = comments::table.find(id).select((comments::review_id, comments::parent_id));
        Ok(place.first(conn).await.optional()?)
    }

    /// The comment that opened the thread of an answer, and whom the answer is to; none if it is no answer, or they have left.
    pub async fn answered(conn: &mut Conn, id: CommentId) -> Result<Option<(CommentId, UserId)>> {
        let thread = diesel::alias!(comments as thread);
        let answered: Option<(CommentId, Option<UserId>, Option<UserId>)> = comments::table
            .inner_join(thread.on(thread.field(comments::id).nullable().eq(comments::parent_id)))
            .filter(comments::id.eq(id))
            .select((thread.field(comments::id), comments::reply_to_id, thread.field(comments::author_id)))
            .first(conn)
            .await
            .optional()?;
        Ok(answered.and_then(|(thread, reply_to, opened_by)| Some((thread, reply_to.or(opened_by)?))))
    }

    /// Those of the given comments that `viewer` may see though others may not: their own, and for moderators all.
    pub async fn find_seen(conn: &mut Conn, viewer: UserId, ids: &[CommentId]) -> Result<Vec<Self>> {
        let moderator = users::table.find(viewer).filter(users::role.eq(Role::Moderator));
        Ok(Self::query()
            .filter(comments::id.eq_any(ids))
            .filter(comments::author_id.eq(viewer).or(diesel::dsl::exists(moderator).nullable()))
            .load(conn)
            .await?)
    }

    /// The same page of the threads under every given review, oldest first.
    pub async fn pages_of_reviews(
        conn: &mut Conn,
        reviews: &[ReviewId],
        page: Page<CommentId>,
    ) -> Result<HashMap<ReviewId, Slice<Self>>> {
        let mut query = Self::query()
            .filter(comments::review_id.eq(Parent))
            .filter(comments::parent_id.is_null())
            .filter(VISIBLE)
            .order(comments::id)
            .limit(page.probe())
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(comments::id.gt(after));
        }
        Ok(page.slices(reviews, lateral::for_each(reviews, query).load(conn).await?))
    }

    /// The same page of the replies in every given thread, oldest first.
    pub async fn pages_of_threads(
        conn: &mut Conn,
        threads: &[CommentId],
        page: Page<CommentId>,
    ) -> Result<HashMap<CommentId, Slice<Self>>> {
        let mut query = Self::query()
            .filter(comments::parent_id.eq(Parent.nullable()))
            .filter(VISIBLE)
            .order(comments::id)
            .limit(page.probe())
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(comments::id.gt(after));
        }
        Ok(page.slices(threads, lateral::for_each(threads, query).load(conn).await?))
    }

    /// Those on a review that came after some comment, replies among them, oldest first.
    pub async fn of_review_since(conn: &mut Conn, review: ReviewId, after: CommentId, limit: u32) -> Result<Vec<Self>> {
        Ok(Self::query()
            .filter(comments::review_id.eq(review))
            .filter(REACHABLE)
            .filter(comments::id.gt(after))
            .order(comments::id)
            .limit(limit.into())
            .load(conn)
            .await?)
    }

    /// How many threads there are under each given review, where there are any.
    pub async fn count_threads(conn: &mut Conn, reviews: &[ReviewId]) -> Result<HashMap<ReviewId, i64>> {
        let counts: Vec<(ReviewId, i64)> = comments::table
            .filter(comments::review_id.eq_any(reviews))
            .filter(comments::parent_id.is_null())
            .filter(VISIBLE)
            .group_by(comments::review_id)
            .select((comments::review_id, diesel::dsl::count_star()))
            .load(conn)
            .await?;
        Ok(counts.into_iter().collect())
    }
}
