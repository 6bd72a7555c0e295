//! Who follows whom: `write` has the transaction.

mod write;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::lateral::{self, Parent};
use crate::schema::{follows, users};
use crate::{Conn, FollowId, Page, Result, Slice, User, UserId};

/// The other person of a follow, and the follow itself, whose id tells when it began.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = follows)]
pub struct Followed {
    pub id: FollowId,
    #[diesel(embed)]
    pub user: User,
}

impl Followed {
    /// When the follow began.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.id.time()
    }

    /// Some of those who follow `followee`, in the order in which they began to.
    pub(crate) async fn followers_after(
        conn: &mut Conn,
        followee: UserId,
        after: Option<FollowId>,
        limit: i64,
    ) -> Result<Vec<(FollowId, UserId)>> {
        let mut followers = follows::table
            .filter(follows::followee_id.eq(followee))
            .order(follows::id)
            .limit(limit)
            .select((follows::id, follows::follower_id))
            .into_boxed();
        if let Some(after) = after {
            followers = followers.filter(follows::id.gt(after));
        }
        Ok(followers.load(conn).await?)
    }

    /// The same page of every given person's followers, newest first.
    pub async fn pages_of_followers(
        conn: &mut Conn,
        of: &[UserId],
        page: Page<FollowId>,
    ) -> Result<HashMap<UserId, Slice<Self>>> {
        let mut query = follows::table
            .inner_join(users::table.on(users::id.eq(follows::follower_id)))
            .select(Self::as_select())
            .filter(follows::followee_id.eq(Parent))
            .order(follows::id.desc())
            .limit(page.probe())
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(follows::id.lt(after));
        }
        Ok(page.slices(of, lateral::for_each(of, query).load(conn).await?))
    }

    /// The same page of those whom every given person follows, newest first.
    pub async fn pages_of_following(
        conn: &mut Conn,
        of: &[UserId],
        page: Page<FollowId>,
    ) -> Result<HashMap<UserId, Slice<Self>>> {
        let mut query = follows::table
            .inner_join(users::table.on(users::id.eq(follows::followee_id)))
            .select(Self::as_select())
            .filter(follows::follower_id.eq(Parent))
            .order(follows::id.desc())
            .limit(page.probe())
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(follows::id.lt(after));
        }
        Ok(page.slices(of, lateral::for_each(of, query).load(conn).await?))
    }

    /// The same page of those whom both `viewer` and every given person follow; newest first, by when `viewer` began.
    pub async fn pages_of_mutual(
        conn: &mut Conn,
        viewer: UserId,
        of: &[UserId],
        page: Page<FollowId>,
    ) -> Result<HashMap<UserId, Slice<Self>>> {
        let theirs = diesel::alias!(follows as theirs);
        let mut query = follows::table
            .inner_join(users::table.on(users::id.eq(follows::followee_id)))
            .select(Self::as_select())
            .filter(follows::follower_id.eq(viewer))
            .filter(follows::followee_id.eq_any(
                theirs.filter(theirs.field(follows::follower_id).eq(Parent)).select(theirs.field(follows::followee_id)),
            ))
            .order(follows::id.desc())
            .limit(page.probe())
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(follows::id.lt(after));
        }
        Ok(page.slices(of, lateral::for_each(of, query).load(conn).await?))
    }

    /// How many are followed by both `viewer` and each given person, where there are any.
    pub async fn count_mutual(conn: &mut Conn, viewer: UserId, of: &[UserId]) -> Result<HashMap<UserId, i64>> {
        let theirs = diesel::alias!(follows as theirs);
        let viewers =
            theirs.filter(theirs.field(follows::follower_id).eq(viewer)).select(theirs.field(follows::followee_id));
        let counts: Vec<(UserId, i64)> = follows::table
            .filter(follows::follower_id.eq_any(of))
            .filter(follows::followee_id.eq_any(viewers))
            .group_by(follows::follower_id)
            .select((follows::follower_id, diesel::dsl::count_star()))
            .load(conn)
            .await?;
        Ok(counts.into_iter().collect())
    }

    /// Those of the given people whom `follower` follows.
    pub async fn followed_by(conn: &mut Conn, follower: UserId, people: &[UserId]) -> Result<HashSet<UserId>> {
        let followed: Vec<UserId> = follows::table
            .filter(follows::follower_id.eq(follower))
            .filter(follows::followee_id.eq_any(people))
            .select(follows::followee_id)
            .load(conn)
            .await?;
        Ok(followed.into_iter().collect())
    }

    /// Those of the given people who follow `followee`.
    pub async fn followers_among(conn: &mut Conn, followee: UserId, people: &[UserId]) -> Result<HashSet<UserId>> {
        let followers: Vec<UserId> = follows::table
            .filter(follows::followee_id.eq(followee))
            .filter(follows::follower_id.eq_any(people))
            .select(follows::follower_id)
            .load(conn)
            .await?;
        Ok(followers.into_iter().collect())
    }
}
