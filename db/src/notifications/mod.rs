//! What people are told: `tell` and `announce` have the transactions that tell it, `groups` what is told as one, `inboxes` what people want to be told.

mod announce;
mod groups;
mod inboxes;
mod tell;

use chrono::{DateTime, Duration, Utc};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use crate::schema::notifications;
use crate::transaction::{transaction, unhurried};
use crate::words::words;
use crate::{CommentId, Conn, Error, NotificationId, Page, Result, ReviewId, Slice, UserId};

pub use announce::Announced;
pub use groups::Group;
pub use inboxes::Inbox;
pub use tell::Change;

/// How long what was told is kept, read or not.
const KEPT: Duration = Duration::days(90);

/// One or more people did the same, which concerns the recipient.
#[derive(Clone, Debug, PartialEq, HasQuery)]
pub struct Notification {
    pub id: NotificationId,
    pub recipient_id: UserId,
    /// Raised whenever there is news, so that what is told last has the greatest.
    pub number: i64,
    pub kind: NotificationKind,
    /// Some of those who did it, newest first.
    pub actor_ids: Vec<UserId>,
    pub actor_count: i32,
    pub review_id: Option<ReviewId>,
    pub comment_id: Option<CommentId>,
    pub created_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = Text)]
pub enum NotificationKind {
    Like,
    Comment,
    Reply,
    Follow,
    MerchantReply,
    Review,
}

words!(NotificationKind {
    Like "like"
    Comment "comment"
    Reply "reply"
    Follow "follow"
    MerchantReply "merchant_reply"
    Review "review"
});

impl Notification {
    /// What `recipient` was told last.
    pub async fn page_of(
        conn: &mut Conn,
        recipient: UserId,
        unread_only: bool,
        page: Page<i64>,
    ) -> Result<Slice<Self>> {
        let mut newest = Self::query()
            .filter(notifications::recipient_id.eq(recipient))
            .order(notifications::number.desc())
            .limit(page.probe())
            .into_boxed();
        if unread_only {
            newest = newest.filter(notifications::read_at.is_null());
        }
        if let Some(after) = page.after {
            newest = newest.filter(notifications::number.lt(after));
        }
        Ok(page.slice(newest.load(conn).await?))
    }

    /// What `recipient` was told since the notification of this number, oldest first.
    pub async fn since(conn: &mut Conn, recipient: UserId, number: i64, limit: u32) -> Result<Vec<Self>> {
        Ok(Self::query()
            .filter(notifications::recipient_id.eq(recipient))
            .filter(notifications::number.gt(number))
            .order(notifications::number)
            .limit(limit.into())
            .load(conn)
            .await?)
    }

    /// Those of the given ones that `recipient` was told.
    pub async fn find_own(conn: &mut Conn, recipient: UserId, ids: &[NotificationId]) -> Result<Vec<Self>> {
        Ok(Self::query()
            .filter(notifications::id.eq_any(ids))
            .filter(notifications::recipient_id.eq(recipient))
            .load(conn)
            .await?)
    }

    /// Who was told of answers in the thread of a comment.
    pub async fn recipients_of_replies(conn: &mut Conn, thread: CommentId) -> Result<Vec<UserId>> {
        let of_thread = notifications::table.filter(notifications::group_key.eq(format!("reply:{thread}")));
        Ok(of_thread.select(notifications::recipient_id).load(conn).await?)
    }

    /// Forgets what was told long ago.
    pub async fn delete_old(conn: &mut Conn) -> Result<usize> {
        let before = Utc::now() - KEPT;
        // What was made lately was told lately, and what was made before may have been told again.
        let old = notifications::id.lt(NotificationId::earliest_at(before)).and(notifications::created_at.lt(before));
        unhurried(conn, async |conn| Ok(diesel::delete(notifications::table).filter(old).execute(conn).await?)).await
    }

    pub async fn count_unread(conn: &mut Conn, recipient: UserId) -> Result<i64> {
        let unread = notifications::table
            .filter(notifications::recipient_id.eq(recipient))
            .filter(notifications::read_at.is_null());
        Ok(unread.count().get_result(conn).await?)
    }

    /// Marks what `recipient` was told as read, up to and with one notification, and returns how much is unread still.
    pub async fn mark_read(conn: &mut Conn, recipient: UserId, up_to: NotificationId) -> Result<i64> {
        transaction(conn, async |conn| {
            let own = notifications::table.find(up_to).filter(notifications::recipient_id.eq(recipient));
            let number: Option<i64> = own.select(notifications::number).first(conn).await.optional()?;
            let number = number.ok_or(Error::Missing("notification"))?;
            diesel::update(notifications::table)
                .filter(notifications::recipient_id.eq(recipient))
                .filter(notifications::number.le(number))
                .filter(notifications::read_at.is_null())
                .set(notifications::read_at.eq(Utc::now()))
                .execute(conn)
                .await?;
            Self::count_unread(conn, recipient).await
        })
        .await
    }
}
