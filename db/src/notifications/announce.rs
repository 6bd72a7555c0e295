use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid};
use diesel_async::RunQueryDsl;

use super::Notification;
use crate::schema::{notifications, reviews, shops};
use crate::transaction::{transaction, unhurried};
use crate::{Conn, ContentState, Event, FollowId, Followed, NotificationId, Result, ReviewId, UserId};

/// How many followers are told in one transaction.
const AT_A_TIME: usize = 1_000;

/// Whom a review was told.
#[derive(Clone, Debug, PartialEq)]
pub struct Announced {
    pub followers: Vec<UserId>,
    /// Whoever owns the shop, if they do not follow the author.
    pub owner: Option<UserId>,
}

impl Notification {
    /// Those followers of an author who are told together, behind `after`.
    pub async fn audience(conn: &mut Conn, author: UserId, after: Option<FollowId>) -> Result<Vec<UserId>> {
        Ok(ids(Followed::followers_after(conn, author, after, AT_A_TIME as i64).await?))
    }

    /// Tells of a review those who follow its author, and whoever owns the shop: some of them, and records that the others, behind
    /// `after`, come next.
    pub async fn announce(
        conn: &mut Conn,
        review: ReviewId,
        author: UserId,
        after: Option<FollowId>,
    ) -> Result<Announced> {
        transaction(conn, async |conn| {
            let followers = Followed::followers_after(conn, author, after, AT_A_TIME as i64).await?;
            if let Some((after, _)) = followers.get(AT_A_TIME - 1) {
                Event::ReviewAnnounced { review, author, after: *after }.record_once(conn).await?;
            }
            let followers = ids(followers);
            let owner = if after.is_none() { owner(conn, review).await? } else { None };
            let owner = owner.filter(|owner| !followers.contains(owner));
            let recipients: Vec<UserId> = followers.iter().copied().chain(owner).collect();
            let ids: Vec<NotificationId> = recipients.iter().map(|_| NotificationId::new()).collect();
            diesel::sql_query(include_str!("announce.sql"))
                .bind::<Uuid, _>(review)
                .bind::<Array<Uuid>, _>(&recipients)
                .bind::<Array<Uuid>, _>(&ids)
                .execute(conn)
                .await?;
            Ok(Announced { followers, owner })
        })
        .await
    }

    /// Forgets that people were told of a review, if it is hidden. They are not told of it once more if it is shown again.
    pub async fn forget_hidden(conn: &mut Conn, review: ReviewId) -> Result<()> {
        let hidden = reviews::table.find(review).filter(reviews::state.ne(ContentState::Visible));
        let told = notifications::group_key
            .eq(format!("review:{review}"))
            .and(notifications::review_id.eq_any(hidden.select(reviews::id.nullable())));
        // As many as follow the author.
        unhurried(conn, async |conn| {
            diesel::delete(notifications::table).filter(&told).execute(conn).await?;
            Ok(())
        })
        .await
    }
}

fn ids(followers: Vec<(FollowId, UserId)>) -> Vec<UserId> {
    followers.into_iter().map(|(_, follower)| follower).collect()
}

/// Whoever owns the shop that was reviewed.
async fn owner(conn: &mut Conn, review: ReviewId) -> Result<Option<UserId>> {
    let owner = reviews::table.inner_join(shops::table).filter(reviews::id.eq(review)).select(shops::owner_id);
    Ok(owner.first(conn).await.optional()?.flatten())
}
