use chrono::Utc;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Account;
use crate::schema::{credentials, users};
use crate::transaction::transaction;
use crate::{Conn, Error, Event, NewSession, Result, Session, UserId, login_codes};

/// Somebody who signs up.
#[derive(Clone)]
pub struct NewAccount {
    pub handle: String,
    pub nickname: String,
    pub email: String,
    pub password_hash: String,
    pub session: NewSession,
}

impl NewAccount {
    /// Stores the user with a claim to the address, and logs them in.
    pub async fn insert(&self, conn: &mut Conn) -> Result<Session> {
        transaction(conn, async |conn| {
            let user = UserId::new();
            diesel::insert_into(users::table)
                .values((users::id.eq(user), users::handle.eq(&self.handle), users::nickname.eq(&self.nickname)))
                .execute(conn)
                .await?;
            diesel::insert_into(credentials::table)
                .values((
                    credentials::user_id.eq(user),
                    credentials::email.eq(&self.email),
                    credentials::password_hash.eq(&self.password_hash),
                ))
                .execute(conn)
                .await?;
            Event::UserSignedUp { user }.record(conn).await?;
            self.session.begin(conn, user).await
        })
        .await
    }
}

impl Account {
    /// Logs in whoever received the code at an address; with a new password, if they give one.
    ///
    /// Who confirmed the address before is meant; else who claimed it last, or of all who claim it the one with this handle. That may
    /// have been a stranger: to receive the code proves whose it is, so that the stranger's password and sessions end with the claim.
    ///
    /// A handle that nobody of them has leaves the code as it was. `code_hash` is known to be that of the code given.
    pub async fn log_in_with_code(
        conn: &mut Conn,
        email: &str,
        handle: Option<&str>,
        code_hash: &str,
        new_password_hash: Option<&str>,
        session: &NewSession,
    ) -> Result<Option<Session>> {
        transaction(conn, async |conn| {
            let account = match Self::find_confirmed(conn, email).await? {
                None => Self::find_newest_claim(conn, email, handle).await?,
                confirmed => confirmed,
            };
            let account = match (account, handle) {
                (Some(account), _) => account,
                (None, Some(_)) => return Err(Error::Missing("account of this address")),
                (None, None) => return Ok(None),
            };
            if !login_codes::consume(conn, email, code_hash).await? {
                return Ok(None);
            }
            let is_claim = account.email_confirmed_at.is_none();
            if is_claim && !confirm(conn, account.user_id).await? {
                return Ok(None);
            }
            if is_claim || new_password_hash.is_some() {
                set_password(conn, account.user_id, new_password_hash).await?;
                Session::revoke_all(conn, account.user_id).await?;
            }
            session.begin(conn, account.user_id).await.map(Some)
        })
        .await
    }

    /// Makes the address the user's own, who received a code there; false if the code has been used.
    pub async fn confirm_email(&self, conn: &mut Conn, code_hash: &str) -> Result<bool> {
        transaction(conn, async |conn| {
            if !login_codes::consume(conn, &self.email, code_hash).await? {
                return Ok(false);
            }
            confirm(conn, self.user_id).await
        })
        .await
    }
}

/// False if the account has been deleted.
async fn confirm(conn: &mut Conn, user: UserId) -> Result<bool> {
    let now = Utc::now();
    let confirmed = diesel::update(credentials::table.find(user))
        .set((credentials::email_confirmed_at.eq(now), credentials::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(confirmed == 1)
}

async fn set_password(conn: &mut Conn, user: UserId, hash: Option<&str>) -> Result<usize> {
    Ok(diesel::update(credentials::table.find(user))
        .set((credentials::password_hash.eq(hash), credentials::updated_at.eq(Utc::now())))
        .execute(conn)
        .await?)
}
