use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::schema::users;
use crate::transaction::transaction;
use crate::{Conn, Error, Event, Result, UserId};

#[derive(Clone, Debug, PartialEq, HasQuery, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub handle: String,
    pub nickname: String,
    pub avatar_url: Option<String>,
    pub bio: Option<String>,
    pub city: Option<String>,
    pub credits: i32,
    pub follower_count: i32,
    pub following_count: i32,
    pub review_count: i32,
    pub created_at: DateTime<Utc>,
}

impl User {
    pub async fn find_many(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<Self>> {
        Ok(Self::query().filter(users::id.eq_any(ids)).load(conn).await?)
    }

    pub async fn exists_any(conn: &mut Conn) -> Result<bool> {
        Ok(diesel::select(diesel::dsl::exists(users::table.select(users::id))).get_result(conn).await?)
    }

    pub async fn find_by_handle(conn: &mut Conn, handle: &str) -> Result<Option<Self>> {
        Ok(Self::query().filter(users::handle.eq(handle)).first(conn).await.optional()?)
    }

    /// Keeps the viewer's account until the transaction ends.
    ///
    /// `Account::delete` takes what is there out of the counts and then deletes it: what changed in between would be counted twice.
    /// Whoever changes what is theirs does this first, while nobody can be waiting for them.
    pub(crate) async fn hold(conn: &mut Conn, viewer: UserId) -> Result<()> {
        Self::hold_with(conn, viewer, None).await
    }

    /// The same for the account of somebody else, too, if they have one.
    pub(crate) async fn hold_with(conn: &mut Conn, viewer: UserId, other: Option<UserId>) -> Result<()> {
        let both: Vec<UserId> = std::iter::once(viewer).chain(other).collect();
        let held = Self::hold_any(conn, &both).await?;
        if held.contains(&viewer) { Ok(()) } else { Err(Error::Missing("account")) }
    }

    /// The same for those of some people who have an account.
    pub(crate) async fn hold_any(conn: &mut Conn, people: &[UserId]) -> Result<Vec<UserId>> {
        let accounts = users::table.filter(users::id.eq_any(people)).order(users::id).select(users::id).for_key_share();
        Ok(accounts.load(conn).await?)
    }
}

/// What is to become of a profile; what is none stays as it is.
#[derive(Clone, Debug, Identifiable, AsChangeset)]
#[diesel(table_name = users)]
pub struct ProfileChanges {
    pub id: UserId,
    pub nickname: Option<String>,
    pub bio: Option<Option<String>>,
    pub city: Option<Option<String>>,
}

impl ProfileChanges {
    pub async fn update(&self, conn: &mut Conn) -> Result<User> {
        transaction(conn, async |conn| {
            let before: Option<User> =
                User::query().filter(users::id.eq(self.id)).for_no_key_update().first(conn).await.optional()?;
            let before = before.ok_or(Error::Missing("account"))?;
            if !self.changes(&before) {
                return Ok(before);
            }
            let user: User = diesel::update(users::table.find(self.id))
                .set(self)
                .returning(User::as_returning())
                .get_result(conn)
                .await?;
            Event::ProfileUpdated { user: user.id }.record(conn).await?;
            Ok(user)
        })
        .await
    }

    fn changes(&self, user: &User) -> bool {
        self.nickname.as_ref().is_some_and(|nickname| *nickname != user.nickname)
            || self.bio.as_ref().is_some_and(|bio| *bio != user.bio)
            || self.city.as_ref().is_some_and(|city| *city != user.city)
    }
}
