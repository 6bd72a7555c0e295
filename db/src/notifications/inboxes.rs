use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::NotificationKind;
use crate::schema::inboxes;
use crate::transaction::transaction;
use crate::{Conn, Result, User, UserId};

/// What somebody wants to be told, and how much they have been.
#[derive(Clone, Debug, PartialEq, HasQuery)]
#[diesel(table_name = inboxes)]
pub struct Inbox {
    pub user_id: UserId,
    /// The number of what they were told last; 0 if that is nothing.
    pub last_number: i64,
    /// What they do not want to be told.
    pub muted: Vec<NotificationKind>,
}

impl Inbox {
    /// Those of the given people who have one: who was never told anything, and never muted anything, has none.
    pub async fn find_many(conn: &mut Conn, users: &[UserId]) -> Result<Vec<Self>> {
        Ok(Self::query().filter(inboxes::user_id.eq_any(users)).load(conn).await?)
    }

    /// Keeps everybody else from telling `user` anything until the transaction ends.
    pub(super) async fn lock(conn: &mut Conn, user: UserId) -> Result<Self> {
        Ok(diesel::insert_into(inboxes::table)
            .values(inboxes::user_id.eq(user))
            .on_conflict(inboxes::user_id)
            .do_update()
            // What changes nothing locks all the same.
            .set(inboxes::user_id.eq(user))
            .returning(Self::as_returning())
            .get_result(conn)
            .await?)
    }

    /// Makes `user` be told of such things, or not any more.
    pub async fn set_muted(conn: &mut Conn, user: UserId, kind: NotificationKind, muted: bool) -> Result<Self> {
        transaction(conn, async |conn| {
            User::hold(conn, user).await?;
            let mut inbox = Self::lock(conn, user).await?;
            inbox.muted.retain(|other| *other != kind);
            if muted {
                inbox.muted.push(kind);
            }
            diesel::update(inboxes::table.find(user)).set(inboxes::muted.eq(&inbox.muted)).execute(conn).await?;
            Ok(inbox)
        })
        .await
    }
}
