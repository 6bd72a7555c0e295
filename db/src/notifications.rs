use chrono::Utc;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::schema::notifications;
use crate::transaction::transaction;
use crate::{Conn, Error, NotificationId, Result, UserId};

/// Marks what `recipient` was told as read, up to and with one notification, and returns how much is unread still.
pub async fn mark_read(conn: &mut Conn, recipient: UserId, up_to: NotificationId) -> Result<i64> {
    transaction(conn, async |conn| {
        let own = notifications::table.find(up_to).filter(notifications::recipient_id.eq(recipient));
        let known: bool = diesel::select(diesel::dsl::exists(own)).get_result(conn).await?;
        if !known {
            return Err(Error::Missing("notification"));
        }
        diesel::update(notifications::table)
            .filter(notifications::recipient_id.eq(recipient))
            .filter(notifications::id.le(up_to))
            .filter(notifications::read_at.is_null())
            .set(notifications::read_at.eq(Utc::now()))
            .execute(conn)
            .await?;
        let unread = notifications::table
            .filter(notifications::recipient_id.eq(recipient))
            .filter(notifications::read_at.is_null());
        Ok(unread.count().get_result(conn).await?)
    })
    .await
}
