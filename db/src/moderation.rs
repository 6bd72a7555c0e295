//! What people complain of, and what moderators do about it.

use chrono::{DateTime, Utc};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use crate::comments::lock_any;
use crate::roles::Moderator;
use crate::schema::{comments, reports, reviews};
use crate::transaction::transaction;
use crate::words::words;
use crate::{
    Comment, CommentId, Conn, ContentState, Error, Event, LikeSubject, Liked, Page, ReportId, Result, Review, ReviewId,
    Role, Slice, User, UserId,
};

#[derive(Clone, Debug, PartialEq, HasQuery)]
pub struct Report {
    pub id: ReportId,
    /// None once the reporter has deleted their account.
    pub reporter_id: Option<UserId>,
    pub review_id: Option<ReviewId>,
    pub comment_id: Option<CommentId>,
    pub reason: ReportReason,
    pub detail: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromSqlRow, AsExpression)]
#[diesel(sql_type = Text)]
pub enum ReportReason {
    Spam,
    Abuse,
    Fake,
    Privacy,
    Other,
}

#[derive(Clone, Debug)]
pub struct NewReport {
    pub reporter_id: UserId,
    pub subject: LikeSubject,
    pub reason: ReportReason,
    pub detail: Option<String>,
}

words! { ReportReason { Spam "spam" Abuse "abuse" Fake "fake" Privacy "privacy" Other "other" } }

impl NewReport {
    /// Stores the report, or sets right what the same person reported of the same thing before.
    pub async fn upsert(&self, conn: &mut Conn) -> Result<ReportId> {
        transaction(conn, async |conn| {
            // Whoever sees nothing has nothing to report.
            self.subject.find(conn).await?;
            let told = (
                reports::reason.eq(self.reason),
                reports::detail.eq(&self.detail),
                reports::resolved_at.eq(None::<DateTime<Utc>>),
                reports::resolver_id.eq(None::<UserId>),
            );
            let (review, comment) = self.subject.columns();
            let new = (
                reports::id.eq(ReportId::new()),
                reports::reporter_id.eq(self.reporter_id),
                reports::review_id.eq(review),
                reports::comment_id.eq(comment),
            );
            let insert = diesel::insert_into(reports::table).values((new, told));
            let report = match self.subject {
                LikeSubject::Review(_) => {
                    let again = insert.on_conflict((reports::review_id, reports::reporter_id)).do_update().set(told);
                    again.returning(reports::id).get_result(conn).await?
                }
                LikeSubject::Comment(_) => {
                    let again = insert.on_conflict((reports::comment_id, reports::reporter_id)).do_update().set(told);
                    again.returning(reports::id).get_result(conn).await?
                }
            };
            Event::Reported { report, subject: self.subject }.record(conn).await?;
            Ok(report)
        })
        .await
    }
}

impl Report {
    /// What no moderator has looked at yet, oldest first, for a moderator.
    pub async fn page_of_open(conn: &mut Conn, viewer: UserId, page: Page<ReportId>) -> Result<Slice<Self>> {
        if !Role::Moderator.is_of(conn, viewer).await? {
            return Err(Error::Forbidden);
        }
        let mut query =
            Self::query().filter(reports::resolved_at.is_null()).order(reports::id).limit(page.probe()).into_boxed();
        if let Some(after) = page.after {
            query = query.filter(reports::id.gt(after));
        }
        Ok(page.slice(query.load(conn).await?))
    }

    pub fn subject(&self) -> Option<LikeSubject> {
        self.review_id.map(LikeSubject::Review).or_else(|| self.comment_id.map(LikeSubject::Comment))
    }
}

impl LikeSubject {
    /// Hides what somebody wrote, or shows it again; either way, nobody need look at what was reported of it so far.
    pub async fn moderate(self, conn: &mut Conn, moderator: UserId, state: ContentState) -> Result<Liked> {
        transaction(conn, async |conn| {
            let moderator = Moderator::hold(conn, moderator).await?.id();
            self.hold_author(conn).await?;
            let content = match self {
                Self::Review(id) => Liked::Review(set_review_state(conn, id, state).await?),
                Self::Comment(id) => Liked::Comment(set_comment_state(conn, id, state).await?),
            };
            let resolved = (reports::resolved_at.eq(Utc::now()), reports::resolver_id.eq(moderator));
            let open = diesel::update(reports::table).filter(reports::resolved_at.is_null());
            match self {
                Self::Review(id) => open.filter(reports::review_id.eq(id)).set(resolved).execute(conn).await?,
                Self::Comment(id) => open.filter(reports::comment_id.eq(id)).set(resolved).execute(conn).await?,
            };
            Event::ContentModerated { subject: self, state, moderator }.record(conn).await?;
            Ok(content)
        })
        .await
    }
}

impl LikeSubject {
    /// Keeps the account of whoever wrote it, like everybody who is about to change what is counted (see [`User::hold`]).
    async fn hold_author(self, conn: &mut Conn) -> Result<()> {
        let author: Option<Option<UserId>> = match self {
            Self::Review(id) => {
                reviews::table.find(id).select(reviews::author_id.nullable()).first(conn).await.optional()?
            }
            Self::Comment(id) => comments::table.find(id).select(comments::author_id).first(conn).await.optional()?,
        };
        match author.ok_or(Error::Missing(self.what()))? {
            // Who has left meanwhile is found missing with what they wrote, below.
            Some(author) => User::hold_any(conn, &[author]).await.map(drop),
            None => Ok(()),
        }
    }
}

async fn set_review_state(conn: &mut Conn, id: ReviewId, state: ContentState) -> Result<Review> {
    lock_any(conn, id).await?;
    let before: ContentState = reviews::table.find(id).select(reviews::state).get_result(conn).await?;
    let review: Review = diesel::update(reviews::table.find(id))
        .set(reviews::state.eq(state))
        .returning(Review::as_returning())
        .get_result(conn)
        .await?;
    match became_visible(before, state) {
        0 => {}
        by => {
            review.count(conn, by).await?;
            Event::record_changes(conn, &[review.shop_id.into(), review.author_id.into()]).await?;
        }
    }
    Ok(review)
}

async fn set_comment_state(conn: &mut Conn, id: CommentId, state: ContentState) -> Result<Comment> {
    let review = comments::table.find(id).select(comments::review_id).get_result(conn).await.optional()?;
    lock_any(conn, review.ok_or(Error::Missing("comment"))?).await?;
    let before = comments::table.find(id).select(comments::state).get_result(conn).await.optional()?;
    let before: ContentState = before.ok_or(Error::Missing("comment"))?;
    let comment: Comment = diesel::update(comments::table.find(id))
        .set(comments::state.eq(state))
        .returning(Comment::as_returning())
        .get_result(conn)
        .await?;
    match became_visible(before, state) {
        0 => {}
        by => {
            comment.count(conn, by).await?;
            Event::record_changes(conn, &[comment.review_id.into()]).await?;
        }
    }
    Ok(comment)
}

/// One more that is visible, one less, or neither.
fn became_visible(before: ContentState, after: ContentState) -> i32 {
    i32::from(after == ContentState::Visible) - i32::from(before == ContentState::Visible)
}
