use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::groups::Truth;
use super::{Group, Inbox, Notification};
use crate::schema::{inboxes, notifications};
use crate::transaction::transaction;
use crate::{CommentId, Conn, NotificationId, Result, UserId};

/// Whether what happened adds to a group, or takes from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Added,
    Removed,
}

impl Group {
    /// Brings what the recipient is told of the group in line with what is true, and tells who that is, if there is anything for
    /// them to see. It is told as new, and unread, if somebody joined whom they were not told of.
    ///
    /// What is true is read, not counted, so that the same event twice does no more than once.
    pub async fn tell(self, conn: &mut Conn, change: Change) -> Result<Option<UserId>> {
        let told = transaction(conn, async |conn| {
            let Some(recipient) = self.recipient(conn).await? else { return Ok(None) };
            // Read once nobody else can tell them anything, or the older of two truths could be written last.
            let inbox = Inbox::lock(conn, recipient).await?;
            let truth = self.truth(conn, recipient).await?;
            let before = Notification::query()
                .filter(notifications::recipient_id.eq(recipient))
                .filter(notifications::group_key.eq(self.key()))
                .first::<Notification>(conn)
                .await
                .optional()?;
            let remains = match before {
                Some(before) => before.become_true(conn, &inbox, &truth).await?,
                None if change == Change::Removed
                    || truth.actor_ids.is_empty()
                    || inbox.muted.contains(&self.kind()) =>
                {
                    false
                }
                None => self.insert(conn, &inbox, &truth).await?,
            };
            Ok(remains.then_some(recipient))
        });
        match told.await {
            // They deleted their account meanwhile.
            Err(error) if error.violates("inboxes_user_exists") => Ok(None),
            told => told,
        }
    }

    async fn insert(self, conn: &mut Conn, inbox: &Inbox, truth: &Truth) -> Result<bool> {
        let number = inbox.next_number(conn).await?;
        diesel::insert_into(notifications::table)
            .values((
                notifications::id.eq(NotificationId::new()),
                notifications::recipient_id.eq(inbox.user_id),
                notifications::number.eq(number),
                notifications::kind.eq(self.kind()),
                notifications::group_key.eq(self.key()),
                truth,
            ))
            .execute(conn)
            .await?;
        Ok(true)
    }
}

impl Inbox {
    async fn next_number(&self, conn: &mut Conn) -> Result<i64> {
        let inbox = diesel::update(inboxes::table.find(self.user_id));
        let raised = inbox.set(inboxes::last_number.eq(inboxes::last_number + 1)).returning(inboxes::last_number);
        Ok(raised.get_result(conn).await?)
    }
}

impl Notification {
    /// False if nothing is left to tell.
    async fn become_true(self, conn: &mut Conn, inbox: &Inbox, truth: &Truth) -> Result<bool> {
        let this = notifications::table.find(self.id);
        if truth.actor_ids.is_empty() {
            diesel::delete(this).execute(conn).await?;
            return Ok(false);
        }
        if self.is_true(truth) {
            return Ok(true);
        }
        diesel::update(this).set(truth).execute(conn).await?;
        let somebody_joined = matches!(truth.actor_ids[..], [newest, ..] if !self.actor_ids.contains(&newest));
        let somebody_said_more = self.comment_id.is_some() && truth.comment_id > self.comment_id;
        let is_news = somebody_joined || somebody_said_more;
        if is_news && !inbox.muted.contains(&self.kind) {
            let number = inbox.next_number(conn).await?;
            let renewed = (
                notifications::number.eq(number),
                notifications::created_at.eq(Utc::now()),
                notifications::read_at.eq(None::<DateTime<Utc>>),
            );
            diesel::update(this).set(renewed).execute(conn).await?;
        }
        Ok(true)
    }

    fn is_true(&self, truth: &Truth) -> bool {
        self.actor_ids == truth.actor_ids
            && self.actor_count == truth.actor_count
            && self.review_id == truth.review_id
            && self.comment_id == truth.comment_id
    }

    /// Forgets what was told of a comment that is gone.
    pub async fn forget_comment(conn: &mut Conn, comment: CommentId) -> Result<()> {
        let about = notifications::group_key.eq_any(Group::keys_about(comment));
        diesel::delete(notifications::table.filter(about)).execute(conn).await?;
        Ok(())
    }
}
