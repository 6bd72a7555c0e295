//! How people prove who they are: `write` has the transactions, `delete` how they leave, `export` what they take along.

mod delete;
mod export;
mod write;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::schema::{credentials, users};
use crate::{Conn, Result, Role, UserId};

pub use write::NewAccount;

#[derive(Clone, PartialEq, HasQuery)]
#[diesel(base_query = credentials::table.inner_join(users::table))]
#[diesel(table_name = credentials)]
pub struct Account {
    pub user_id: UserId,
    pub email: String,
    /// None as long as the address is a mere claim.
    pub email_confirmed_at: Option<DateTime<Utc>>,
    pub password_hash: Option<String>,
    #[diesel(select_expression = users::role)]
    pub role: Role,
}

impl Account {
    pub async fn find_many(conn: &mut Conn, users: &[UserId]) -> Result<Vec<Self>> {
        Ok(Self::query().filter(credentials::user_id.eq_any(users)).load(conn).await?)
    }

    /// Whoever has confirmed an address.
    pub async fn find_confirmed(conn: &mut Conn, email: &str) -> Result<Option<Self>> {
        Ok(Self::query()
            .filter(credentials::email.eq(email))
            .filter(credentials::email_confirmed_at.is_not_null())
            .first(conn)
            .await
            .optional()?)
    }

    /// Whoever claimed an address last, and has not confirmed it; or of all those the one with this handle.
    pub async fn find_newest_claim(conn: &mut Conn, email: &str, handle: Option<&str>) -> Result<Option<Self>> {
        let mut claims = Self::query()
            .filter(credentials::email.eq(email))
            .filter(credentials::email_confirmed_at.is_null())
            .order(credentials::user_id.desc())
            .into_boxed();
        if let Some(handle) = handle {
            claims = claims.filter(users::handle.eq(handle));
        }
        Ok(claims.first(conn).await.optional()?)
    }

    pub async fn find_by_handle(conn: &mut Conn, handle: &str) -> Result<Option<Self>> {
        Ok(Self::query().filter(users::handle.eq(handle)).first(conn).await.optional()?)
    }
}
