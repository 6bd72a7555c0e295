use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::schema::{credentials, sessions};
use crate::transaction::{transaction, unhurried};
use crate::{Conn, Error, Result, SessionId, UserId};

/// A device that somebody is logged in on: a family of refresh tokens, of which the newest one is good.
#[derive(Clone, Debug, PartialEq, HasQuery)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub device: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub struct NewSession {
    pub id: SessionId,
    pub device: Option<String>,
    pub token_hash: [u8; 32],
}

/// How long a session lasts that is not refreshed.
const LIFETIME: Duration = Duration::days(60);

/// How long it is remembered after that.
const REMEMBERED: Duration = Duration::days(30);

/// Most devices of one person; whoever logs in on one more is logged out where they were seen last longest ago.
const MOST: i64 = 50;

impl NewSession {
    /// Logs `user` in, whose password has this hash; or does not, if that has changed since it was looked up: whoever sets a new
    /// password or takes the address over ends all sessions, also those that are about to begin.
    pub async fn insert(&self, conn: &mut Conn, user: UserId, password_hash: &str) -> Result<Option<Session>> {
        transaction(conn, async |conn| {
            let same = credentials::table.find(user).filter(credentials::password_hash.eq(password_hash));
            let same = same.select(credentials::user_id).for_share().first::<UserId>(conn).await.optional()?;
            match same {
                None => Ok(None),
                Some(user) => self.begin(conn, user).await.map(Some),
            }
        })
        .await
    }

    /// Begins the session within a transaction.
    pub(crate) async fn begin(&self, conn: &mut Conn, user: UserId) -> Result<Session> {
        let session = diesel::insert_into(sessions::table)
            .values((
                sessions::id.eq(self.id),
                sessions::user_id.eq(user),
                sessions::device.eq(&self.device),
                sessions::token_hash.eq(self.token_hash.as_slice()),
                sessions::expires_at.eq(Utc::now() + LIFETIME),
            ))
            .returning(Session::as_returning())
            .get_result(conn)
            .await?;
        let surplus: Vec<SessionId> = live()
            .filter(sessions::user_id.eq(user))
            .order((sessions::last_seen_at.desc(), sessions::id.desc()))
            .offset(MOST)
            .select(sessions::id)
            .load(conn)
            .await?;
        if !surplus.is_empty() {
            diesel::delete(sessions::table).filter(sessions::id.eq_any(surplus)).execute(conn).await?;
        }
        Ok(session)
    }
}

impl Session {
    /// Exchanges the hash of the refresh token for that of the next one.
    ///
    /// A token that is not the newest of its session was stolen, or stolen from: the session ends, and nothing is returned.
    pub async fn rotate(conn: &mut Conn, id: SessionId, old: &[u8; 32], new: &[u8; 32]) -> Result<Option<Self>> {
        let now = Utc::now();
        let rotated = diesel::update(sessions::table.find(id))
            .filter(sessions::token_hash.eq(old.as_slice()))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .set((
                sessions::token_hash.eq(new.as_slice()),
                sessions::last_seen_at.eq(now),
                sessions::expires_at.eq(now + LIFETIME),
            ))
            .returning(Self::as_returning())
            .get_result(conn)
            .await
            .optional()?;
        if rotated.is_none() {
            let family = diesel::update(sessions::table.find(id)).filter(sessions::revoked_at.is_null());
            family.set(sessions::revoked_at.eq(now)).execute(conn).await?;
        }
        Ok(rotated)
    }

    /// Logs `user` out on one device.
    pub async fn revoke(conn: &mut Conn, id: SessionId, user: UserId) -> Result<()> {
        let ended = diesel::update(sessions::table.find(id))
            .filter(sessions::user_id.eq(user))
            .filter(sessions::revoked_at.is_null())
            .set(sessions::revoked_at.eq(Utc::now()))
            .execute(conn)
            .await?;
        if ended == 0 { Err(Error::Missing("session")) } else { Ok(()) }
    }

    /// Logs `user` out everywhere.
    pub(crate) async fn revoke_all(conn: &mut Conn, user: UserId) -> Result<usize> {
        let all = diesel::update(sessions::table).filter(sessions::user_id.eq(user));
        Ok(all.filter(sessions::revoked_at.is_null()).set(sessions::revoked_at.eq(Utc::now())).execute(conn).await?)
    }

    /// Where `user` is logged in, seen last first.
    pub async fn of_user(conn: &mut Conn, user: UserId) -> Result<Vec<Self>> {
        let own = live().filter(sessions::user_id.eq(user)).order((sessions::last_seen_at.desc(), sessions::id.desc()));
        Ok(own.select(Self::as_select()).load(conn).await?)
    }

    /// Those of the given sessions in which `user` is logged in.
    pub async fn find_own(conn: &mut Conn, user: UserId, ids: &[SessionId]) -> Result<Vec<Self>> {
        let own = live().filter(sessions::user_id.eq(user)).filter(sessions::id.eq_any(ids.to_vec()));
        Ok(own.select(Self::as_select()).load(conn).await?)
    }

    /// Forgets sessions that are long over.
    pub async fn delete_old(conn: &mut Conn) -> Result<usize> {
        let before = Utc::now() - REMEMBERED;
        let old = sessions::expires_at.lt(before).or(sessions::revoked_at.assume_not_null().lt(before));
        unhurried(conn, async |conn| Ok(diesel::delete(sessions::table).filter(old).execute(conn).await?)).await
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn live() -> _ {
    let now: DateTime<Utc> = Utc::now();
    sessions::table.filter(sessions::revoked_at.is_null()).filter(sessions::expires_at.gt(now))
}
