use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid};
use diesel_async::RunQueryDsl;

use super::Notification;
use crate::schema::{reviews, shops};
use crate::transaction::transaction;
use crate::{Conn, Event, FollowId, Followed, NotificationId, Result, ReviewId, UserId};

/// How many followers are told in one transaction.
const AT_A_TIME: usize = 1_000;

impl Notification {
    /// Tells of a review those who follow its author, and whoever owns the shop: some of them, and records that the others, behind
    /// `after`, come next. Returns whom.
    pub async fn announce(
        conn: &mut Conn,
        review: ReviewId,
        author: UserId,
        after: Option<FollowId>,
    ) -> Result<Vec<UserId>> {
        transaction(conn, async |conn| {
            let followers = Followed::followers_after(conn, author, after, AT_A_TIME as i64).await?;
            if let Some((after, _)) = followers.get(AT_A_TIME - 1) {
                Event::ReviewAnnounced { review, author, after: *after }.record(conn).await?;
            }
            let mut recipients: Vec<UserId> = followers.into_iter().map(|(_, follower)| follower).collect();
            if after.is_none() {
                recipients.extend(owner(conn, review).await?.filter(|owner| !recipients.contains(owner)));
            }
            let ids: Vec<NotificationId> = recipients.iter().map(|_| NotificationId::new()).collect();
            diesel::sql_query(include_str!("announce.sql"))
                .bind::<Uuid, _>(review)
                .bind::<Array<Uuid>, _>(&recipients)
                .bind::<Array<Uuid>, _>(&ids)
                .execute(conn)
                .await?;
            Ok(recipients)
        })
        .await
    }
}

/// Whoever owns the shop that was reviewed.
async fn owner(conn: &mut Conn, review: ReviewId) -> Result<Option<UserId>> {
    let owner = reviews::table.inner_join(shops::table).filter(reviews::id.eq(review)).select(shops::owner_id);
    Ok(owner.first(conn).await.optional()?.flatten())
}
