//! The outbox: what happened, written in the transaction that made it happen, with its cause.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::schema::events;
use crate::{
    CommentId, Conn, ContentState, EventId, FollowId, LikeSubject, ReportId, Result, ReviewId, ShopId, UserId,
};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case")]
pub enum Event {
    UserSignedUp { user: UserId },
    ProfileUpdated { user: UserId },
    AccountDeleted { user: UserId },
    ShopCreated { shop: ShopId, owner: UserId },
    ShopUpdated { shop: ShopId },
    ReviewCreated { review: ReviewId, shop: ShopId, author: UserId },
    ReviewAnnounced { review: ReviewId, author: UserId, after: FollowId },
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
    CheckedIn { user: UserId, day: NaiveDate },
    Reported { report: ReportId, subject: LikeSubject },
    ContentModerated { subject: LikeSubject, state: ContentState, moderator: UserId },
}

tokio::task_local! {
    static CAUSE: String;
}

/// Runs `work`, whose events will tell that they were caused by this
/// [trace context](https://www.w3.org/TR/trace-context/#traceparent-header).
pub async fn caused_by<T>(trace_context: String, work: impl Future<Output = T>) -> T {
    CAUSE.scope(trace_context, work).await
}

impl Event {
    /// Takes the connection of a transaction, so that the event stands or falls with its cause.
    pub(crate) async fn record(self, conn: &mut Conn) -> Result<()> {
        let mut written = serde_json::to_value(self).expect("events are plain data");
        let payload = written["payload"].take();
        diesel::insert_into(events::table)
            .values((
                events::id.eq(EventId::new()),
                events::subject_id.eq(self.subject()),
                events::kind.eq(written["kind"].as_str().unwrap_or_default()),
                events::trace_context.eq(CAUSE.try_with(String::clone).ok()),
                events::payload.eq(payload),
            ))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// What it happened to: events of the same subject are handled in order.
    fn subject(self) -> Uuid {
        match self {
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
        }
    }
}
