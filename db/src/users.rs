use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::schema::users;
use crate::{Conn, Result, UserId};

#[derive(Clone, Debug, PartialEq, HasQuery)]
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
}
