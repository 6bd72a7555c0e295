//! Requests that are sent twice, but must be done once.

use chrono::{Duration, Utc};
use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::schema::idempotency_keys;
use crate::transaction::unhurried;
use crate::{Conn, Error, Result, UserId};

/// The key that a client gave a request, and what the request was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    pub key: String,
    pub request_hash: [u8; 32],
}

/// How long the first answer is remembered.
const LIFETIME: Duration = Duration::hours(24);

impl Idempotency {
    /// Claims the key for a request that will make `result`; or tells what the same request made before.
    ///
    /// Whoever comes second waits for the first to commit.
    pub(crate) async fn claim<Id: Copy + Into<Uuid> + From<Uuid>>(
        &self,
        conn: &mut Conn,
        user: UserId,
        result: Id,
    ) -> Result<Option<Id>> {
        let claimed = diesel::insert_into(idempotency_keys::table)
            .values((
                idempotency_keys::user_id.eq(user),
                idempotency_keys::key.eq(&self.key),
                idempotency_keys::request_hash.eq(self.request_hash.as_slice()),
                idempotency_keys::result_id.eq(result.into()),
                idempotency_keys::created_at.eq(diesel::dsl::now),
            ))
            .on_conflict((idempotency_keys::user_id, idempotency_keys::key))
            .do_update()
            .set((
                idempotency_keys::request_hash.eq(excluded(idempotency_keys::request_hash)),
                idempotency_keys::result_id.eq(excluded(idempotency_keys::result_id)),
                idempotency_keys::created_at.eq(excluded(idempotency_keys::created_at)),
            ))
            .filter(idempotency_keys::created_at.lt(Utc::now() - LIFETIME))
            .execute(conn)
            .await?;
        if claimed == 1 {
            return Ok(None);
        }
        let (hash, first): (Vec<u8>, Uuid) = idempotency_keys::table
            .find((user, &self.key))
            .select((idempotency_keys::request_hash, idempotency_keys::result_id))
            .get_result(conn)
            .await?;
        if hash == self.request_hash { Ok(Some(first.into())) } else { Err(Error::KeyReused) }
    }

    /// Forgets all keys that are too old to matter.
    pub async fn delete_old(conn: &mut Conn) -> Result<usize> {
        let old = idempotency_keys::created_at.lt(Utc::now() - LIFETIME);
        unhurried(conn, async |conn| Ok(diesel::delete(idempotency_keys::table).filter(old).execute(conn).await?)).await
    }
}
