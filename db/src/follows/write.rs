use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::schema::{follows, users};
use crate::transaction::transaction;
use crate::{Conn, Error, Event, FollowId, Result, User, UserId};

impl User {
    /// Makes `follower` follow `followee`, or not follow them: the same twice does no more than once. Returns the followee.
    pub async fn set_followed(conn: &mut Conn, followee: UserId, follower: UserId, followed: bool) -> Result<Self> {
        transaction(conn, async |conn| {
            Self::hold_with(conn, follower, Some(followee)).await?;
            let changed = if followed {
                insert(conn, follower, followee).await?
            } else {
                delete(conn, follower, followee).await?
            };
            let Some(follow) = changed else {
                return Self::find_many(conn, &[followee]).await?.pop().ok_or(Error::Missing("user"));
            };
            let user = count(conn, follower, followee, if followed { 1 } else { -1 }).await?;
            let event = if followed {
                Event::UserFollowed { follower, followee, follow }
            } else {
                Event::UserUnfollowed { follower, followee, follow }
            };
            event.record(conn).await?;
            Ok(user)
        })
        .await
    }
}

async fn insert(conn: &mut Conn, follower: UserId, followee: UserId) -> Result<Option<FollowId>> {
    let follow =
        (follows::id.eq(FollowId::new()), follows::follower_id.eq(follower), follows::followee_id.eq(followee));
    let new = diesel::insert_into(follows::table).values(follow).on_conflict_do_nothing().returning(follows::id);
    Ok(new.get_result(conn).await.optional()?)
}

async fn delete(conn: &mut Conn, follower: UserId, followee: UserId) -> Result<Option<FollowId>> {
    let old = diesel::delete(follows::table.find((follower, followee))).returning(follows::id);
    Ok(old.get_result(conn).await.optional()?)
}

/// Counts in the order of ids, or two who follow each other would wait for each other. Returns the followee.
async fn count(conn: &mut Conn, follower: UserId, followee: UserId, by: i32) -> Result<User> {
    if follower < followee {
        count_following(conn, follower, by).await?;
        return count_follower(conn, followee, by).await;
    }
    let user = count_follower(conn, followee, by).await?;
    count_following(conn, follower, by).await?;
    Ok(user)
}

async fn count_following(conn: &mut Conn, follower: UserId, by: i32) -> Result<usize> {
    let follower = diesel::update(users::table.find(follower));
    Ok(follower.set(users::following_count.eq(users::following_count + by)).execute(conn).await?)
}

async fn count_follower(conn: &mut Conn, followee: UserId, by: i32) -> Result<User> {
    let followee = diesel::update(users::table.find(followee));
    let counted = followee.set(users::follower_count.eq(users::follower_count + by)).returning(User::as_returning());
    Ok(counted.get_result(conn).await?)
}
