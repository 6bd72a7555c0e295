//! The outbox: what happened, written in the transaction that made it happen, with its cause.

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::memory::{ROWS_AT_A_TIME, note};
use crate::schema::events;
use crate::transaction::transaction;
use crate::{
    CommentId, Conn, ContentState, EventId, FollowId, LikeSubject, Memory, ReportId, Result, ReviewId, RowId, ShopId,
    UserId,
};

/// What happened.
///
/// `RowsChanged` has what no other event tells of: counters that changed along, and work in bulk. `PushOwed` and `FeedOwed` are what could
/// not be done in Redis, and will be, while all else goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case")]
pub enum Event {
    UserSignedUp { user: UserId },
    ProfileUpdated { user: UserId },
    AccountDeleted { user: UserId },
    ShopCreated { shop: ShopId, owner: UserId },
    ShopUpdated { shop: ShopId },
    ReviewCreated { review: ReviewId, shop: ShopId, author: UserId },
    ReviewAnnounced { review: ReviewId, author: UserId, after: FollowId },
    PushOwed { review: ReviewId, author: UserId, after: Option<FollowId> },
    ReviewUpdated { review: ReviewId, shop: ShopId, author: UserId },
    ReviewDeleted { review: ReviewId, shop: ShopId, author: UserId },
    MerchantReplied { review: ReviewId, shop: ShopId, merchant: UserId },
    MerchantReplyWithdrawn { review: ReviewId, shop: ShopId },
    CommentAdded { comment: CommentId, review: ReviewId, author: UserId, answered: Option<CommentId> },
    CommentDeleted { comment: CommentId, review: ReviewId, parent: Option<CommentId> },
    Liked { subject: LikeSubject, user: UserId },
    Unliked { subject: LikeSubject, user: UserId },
    UserFollowed { follower: UserId, followee: UserId, follow: FollowId },
    UserUnfollowed { follower: UserId, followee: UserId, follow: FollowId },
    FeedOwed { reader: UserId },
    CheckedIn { user: UserId, day: NaiveDate },
    Reported { report: ReportId, subject: LikeSubject },
    ContentModerated { subject: LikeSubject, state: ContentState, moderator: UserId },
    RowsChanged { rows: Vec<RowId> },
}

/// An event as the table has it.
struct Written {
    kind: String,
    payload: serde_json::Value,
}

tokio::task_local! {
    static CAUSE: Cause;
}

/// In the course of what something is done.
#[derive(Clone, Debug)]
pub struct Cause {
    /// The [trace](https://www.w3.org/TR/trace-context/#traceparent-header) that events belong to.
    pub trace_context: String,
    /// On whose behalf, if they told.
    pub user: Option<UserId>,
    /// What is to forget the rows that are changed.
    pub memory: Memory,
}

/// Runs `work`, whose events will tell their cause, and whose transactions have forgotten what they changed when they return.
pub async fn caused_by<T>(cause: Cause, work: impl Future<Output = T>) -> T {
    CAUSE.scope(cause, work).await
}

/// The trace of what is being done, if that is known.
pub(crate) fn trace_context() -> Option<String> {
    CAUSE.try_with(|cause| cause.trace_context.clone()).ok()
}

/// Has rows forgotten everywhere, if it is known where that is; else the worker does it.
pub(crate) async fn forget(rows: &[RowId]) {
    if let Ok(Cause { user, memory, .. }) = CAUSE.try_with(Cause::clone)
        && !rows.is_empty()
    {
        memory.rows.forget(rows, user).await;
    }
}

impl Event {
    /// Takes the connection of a transaction, so that the event stands or falls with its cause.
    pub(crate) async fn record(self, conn: &mut Conn) -> Result<()> {
        note(self.rows());
        let Written { kind, payload } = self.written();
        diesel::insert_into(events::table)
            .values((
                events::id.eq(EventId::new()),
                events::subject_id.eq(self.subject()),
                events::kind.eq(kind),
                events::trace_context.eq(trace_context()),
                events::payload.eq(payload),
            ))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Tells of rows that were changed, however many.
    pub(crate) async fn record_changes(conn: &mut Conn, rows: &[RowId]) -> Result<()> {
        for rows in rows.chunks(ROWS_AT_A_TIME) {
            Self::RowsChanged { rows: rows.to_vec() }.record(conn).await?;
        }
        Ok(())
    }

    /// Every row that is kept (`db/src/memory/rows/`) and is another now, or is there no longer, or was not there before.
    pub fn rows(&self) -> Vec<RowId> {
        match *self {
            Self::UserSignedUp { user }
            | Self::ProfileUpdated { user }
            | Self::AccountDeleted { user }
            | Self::CheckedIn { user, .. } => vec![user.into()],
            Self::ShopCreated { shop, .. } | Self::ShopUpdated { shop } => vec![shop.into()],
            Self::ReviewCreated { review, shop, author } | Self::ReviewDeleted { review, shop, author } => {
                vec![review.into(), shop.into(), author.into()]
            }
            Self::ReviewUpdated { review, shop, .. } => vec![review.into(), shop.into()],
            Self::MerchantReplied { review, .. }
            | Self::MerchantReplyWithdrawn { review, .. }
            | Self::CommentAdded { review, .. }
            | Self::CommentDeleted { review, .. } => vec![review.into()],
            Self::Liked { subject, .. } | Self::Unliked { subject, .. } | Self::ContentModerated { subject, .. } => {
                match subject {
                    LikeSubject::Review(review) => vec![review.into()],
                    LikeSubject::Comment(_) => Vec::new(),
                }
            }
            Self::UserFollowed { follower, followee, .. } | Self::UserUnfollowed { follower, followee, .. } => {
                vec![follower.into(), followee.into()]
            }
            Self::ReviewAnnounced { .. } | Self::PushOwed { .. } | Self::FeedOwed { .. } | Self::Reported { .. } => {
                Vec::new()
            }
            Self::RowsChanged { ref rows } => rows.clone(),
        }
    }

    /// Records what follows from another event, unless it waits already: the other is being handled once more.
    ///
    /// Only who handles the other may call this, for nobody else does meanwhile.
    pub(crate) async fn record_once(self, conn: &mut Conn) -> Result<()> {
        let Written { kind, payload } = self.written();
        let same = events::table
            .filter(events::subject_id.eq(self.subject()))
            .filter(events::kind.eq(kind))
            .filter(events::payload.eq(payload))
            .filter(events::parked_at.is_null());
        let waits: bool = diesel::select(exists(same)).get_result(conn).await?;
        if waits { Ok(()) } else { self.record(conn).await }
    }

    /// Leaves for later what could not be done while another event was handled.
    pub async fn defer(self, conn: &mut Conn) -> Result<()> {
        transaction(conn, async |conn| self.clone().record_once(conn).await).await
    }

    fn written(&self) -> Written {
        let mut written = serde_json::to_value(self).expect("events are plain data");
        let payload = written["payload"].take();
        Written { kind: written["kind"].as_str().unwrap_or_default().to_owned(), payload }
    }

    /// What it happened to: events of the same subject are handled in order.
    fn subject(&self) -> Uuid {
        match *self {
            Self::UserSignedUp { user }
            | Self::ProfileUpdated { user }
            | Self::AccountDeleted { user }
            | Self::CheckedIn { user, .. } => user.into(),
            Self::ShopCreated { shop, .. } | Self::ShopUpdated { shop } => shop.into(),
            Self::ReviewCreated { review, .. }
            | Self::ReviewAnnounced { review, .. }
            | Self::ReviewUpdated { review, .. }
            | Self::ReviewDeleted { review, .. }
            | Self::MerchantReplied { review, .. }
            | Self::MerchantReplyWithdrawn { review, .. } => review.into(),
            Self::CommentAdded { comment, .. } | Self::CommentDeleted { comment, .. } => comment.into(),
            Self::Liked { subject, .. }
            | Self::Unliked { subject, .. }
            | Self::Reported { subject, .. }
            | Self::ContentModerated { subject, .. } => match subject {
                LikeSubject::Review(review) => review.into(),
                LikeSubject::Comment(comment) => comment.into(),
            },
            Self::UserFollowed { follower, .. } | Self::UserUnfollowed { follower, .. } => follower.into(),
            Self::PushOwed { review, .. } => beside(review.into()),
            Self::FeedOwed { reader } => beside(reader.into()),
            Self::RowsChanged { ref rows } => match rows[..] {
                [first, ..] => first.into(),
                [] => Uuid::nil(),
            },
        }
    }
}

/// A subject of its own for what nothing else is to wait for.
fn beside(subject: Uuid) -> Uuid {
    Uuid::from_u128(!subject.as_u128())
}
