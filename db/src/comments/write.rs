use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Comment, REACHABLE};
use crate::reviews::VISIBLE;
use crate::schema::{comments, reviews};
use crate::transaction::transaction;
use crate::{CommentId, Conn, ContentState, Error, Event, Idempotency, Result, ReviewId, User, UserId};

#[derive(Clone, Debug)]
pub struct NewComment {
    pub review_id: ReviewId,
    pub author_id: UserId,
    /// The comment that it answers, which may itself be an answer.
    pub answered: Option<CommentId>,
    pub body: String,
    pub idempotency: Option<Idempotency>,
}

impl NewComment {
    /// Stores the comment and counts it; or finds what the same request stored before.
    pub async fn insert(&self, conn: &mut Conn) -> Result<Comment> {
        transaction(conn, async |conn| {
            let id = CommentId::new();
            User::hold(conn, self.author_id).await?;
            if let Some(idempotency) = &self.idempotency
                && let Some(first) = idempotency.claim(conn, self.author_id, id).await?
            {
                return Comment::find_own(conn, first, self.author_id).await;
            }
            lock(conn, self.review_id).await?;
            let (parent_id, reply_to_id) = match self.answered {
                None => (None, None),
                Some(answered) => self.thread(conn, answered).await?,
            };
            let comment: Comment = diesel::insert_into(comments::table)
                .values((
                    comments::id.eq(id),
                    comments::review_id.eq(self.review_id),
                    comments::author_id.eq(self.author_id),
                    comments::parent_id.eq(parent_id),
                    comments::reply_to_id.eq(reply_to_id),
                    comments::body.eq(&self.body),
                ))
                .returning(Comment::as_returning())
                .get_result(conn)
                .await?;
            comment.count(conn, 1).await?;
            let (review, author, answered) = (self.review_id, self.author_id, self.answered);
            Event::CommentAdded { comment: id, review, author, answered }.record(conn).await?;
            Ok(comment)
        })
        .await
    }

    /// The thread that an answer to `answered` belongs to, and whom it is to, where that is not the author of the thread.
    async fn thread(&self, conn: &mut Conn, answered: CommentId) -> Result<(Option<CommentId>, Option<UserId>)> {
        let answered: Option<Comment> = Comment::query()
            .filter(comments::id.eq(answered))
            .filter(comments::review_id.eq(self.review_id))
            .filter(REACHABLE)
            .first(conn)
            .await
            .optional()?;
        let answered = answered.ok_or(Error::Missing("parent comment"))?;
        let Some(thread) = answered.parent_id else { return Ok((Some(answered.id), None)) };
        let opened_by: Option<UserId> =
            comments::table.find(thread).select(comments::author_id).get_result(conn).await?;
        Ok((Some(thread), answered.author_id.filter(|&author| Some(author) != opened_by)))
    }
}

impl Comment {
    /// Deletes what `author` wrote, with all answers and likes.
    pub async fn delete(conn: &mut Conn, id: CommentId, author: UserId) -> Result<()> {
        transaction(conn, async |conn| {
            User::hold(conn, author).await?;
            let own = comments::table.find(id).filter(comments::author_id.eq(author)).select(comments::review_id);
            let Some(review) = own.first::<ReviewId>(conn).await.optional()? else {
                return Err(Self::why_not(conn, id).await?);
            };
            lock_any(conn, review).await?;
            let deleted: Option<Self> = diesel::delete(comments::table.find(id))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
                .optional()?;
            let comment = deleted.ok_or(Error::Missing("comment"))?;
            if comment.state == ContentState::Visible {
                comment.count(conn, -1).await?;
            }
            Event::CommentDeleted { comment: id, review, parent: comment.parent_id }.record(conn).await
        })
        .await
    }

    /// Adds the comment, with the answers to it, to what counts it, or takes it away. Wants the review to be locked.
    pub(crate) async fn count(&self, conn: &mut Conn, by: i32) -> Result<()> {
        let (thread_is_visible, counted) = match self.parent_id {
            None => (true, 1 + self.reply_count),
            Some(thread) => {
                let state: ContentState = diesel::update(comments::table.find(thread))
                    .set(comments::reply_count.eq(comments::reply_count + by))
                    .returning(comments::state)
                    .get_result(conn)
                    .await?;
                (state == ContentState::Visible, 1)
            }
        };
        if thread_is_visible {
            diesel::update(reviews::table.find(self.review_id))
                .set(reviews::comment_count.eq(reviews::comment_count + by * counted))
                .execute(conn)
                .await?;
        }
        Ok(())
    }

    async fn find_own(conn: &mut Conn, id: CommentId, author: UserId) -> Result<Self> {
        let own: Option<Self> = Self::query()
            .filter(comments::id.eq(id))
            .filter(comments::author_id.eq(author))
            .first(conn)
            .await
            .optional()?;
        own.ok_or(Error::Missing("comment"))
    }

    /// Why a write to a comment did nothing.
    async fn why_not(conn: &mut Conn, id: CommentId) -> Result<Error> {
        let visible = Self::find_many(conn, &[id]).await?;
        Ok(if visible.is_empty() { Error::Missing("comment") } else { Error::Forbidden })
    }
}

/// Comments of the same review are written one after the other, so that counts cannot miss each other.
async fn lock(conn: &mut Conn, review: ReviewId) -> Result<()> {
    let visible = reviews::table.find(review).filter(VISIBLE).select(reviews::id).for_no_key_update();
    visible.first::<ReviewId>(conn).await.optional()?.map(drop).ok_or(Error::Missing("review"))
}

/// The same for a review that may be hidden.
pub(crate) async fn lock_any(conn: &mut Conn, review: ReviewId) -> Result<()> {
    let any = reviews::table.find(review).select(reviews::id).for_no_key_update();
    any.first::<ReviewId>(conn).await.optional()?.map(drop).ok_or(Error::Missing("review"))
}
