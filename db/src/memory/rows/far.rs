//! What all instances keep together, in Redis.
//!
//! Whoever finds no row leaves a lease in its place, and whoever writes one does so only where still is what they found: their lease,
//! or a row that was no longer fresh. To forget a row removes both. So whoever read PostgreSQL before a commit, however slow they are,
//! brings nothing back after it.

use std::sync::LazyLock;
use std::time::Duration;

use chrono::Utc;
use futures_util::future::try_join_all;
use uuid::Uuid;

use super::Lifetimes;
use super::kept::{Kept, RowId};
use super::near::Span;
use crate::UserId;
use crate::memory::keys::{Flag, LeaseKey, OwnWriteKey, RenewalKey, RowKey, Stored, Written};
use crate::redis::{Key, Link, Result, Script, Value, cmd};

#[derive(Clone, Debug)]
pub(super) struct Far(pub(super) Link);

/// What is in the place of a row.
#[derive(Debug)]
pub(super) struct Sight<R> {
    pub(super) row: Option<Found<R>>,
    /// As it is in Redis: a row, or a lease.
    place: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct Found<R> {
    pub(super) row: R,
    pub(super) fresh: Duration,
}

/// What is to come in the place of a row; no value if it does not exist.
pub(super) struct Fill {
    pub(super) id: RowId,
    place: Vec<u8>,
    value: Option<Written>,
    span: Span,
}

/// How many rows are written at once.
const AT_A_TIME: usize = 200;

static FILL: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
         if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
         redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
         return 1",
    )
});

impl Far {
    /// Looks for rows in one round trip, and leaves leases where there are none.
    pub(super) async fn look<R: Kept>(&self, ids: &[RowId], longest: Duration) -> Result<Vec<Sight<R>>> {
        let lease = Uuid::new_v4();
        let looks: Vec<_> = ids.iter().map(|id| self.0.setting(&LeaseKey(*id), &lease, &(), &["NX", "GET"])).collect();
        let places = self.0.run_all(&looks).await?;
        Ok(places.into_iter().map(|place| Sight::of(place, &lease, longest)).collect())
    }

    /// Which of the rows no other instance loads anew; for so long, only this one does.
    pub(super) async fn claim(&self, ids: &[RowId], lifetimes: &Lifetimes) -> Result<Vec<bool>> {
        let claims: Vec<_> = ids.iter().map(|id| self.0.setting(&RenewalKey(*id), &Flag, lifetimes, &["NX"])).collect();
        let claimed = self.0.run_all(&claims).await?;
        Ok(claimed.into_iter().map(|answer| answer == Value::Okay).collect())
    }

    pub(super) async fn fill(&self, fills: &[Fill]) -> Result<()> {
        for fills in fills.chunks(AT_A_TIME) {
            try_join_all(fills.iter().map(async |fill| -> Result<i64> {
                let value = fill.value.as_ref().map(RowKey::encode).unwrap_or_default();
                let arguments = (&fill.place[..], value, RowKey::millis(&fill.span));
                self.0.run_script(&FILL, &[self.0.key(&RowKey(fill.id))], arguments).await
            }))
            .await?;
        }
        Ok(())
    }

    /// Removes rows and leases, and notes for a while that somebody wrote, in one round trip.
    pub(super) async fn forget(&self, ids: &[RowId], writer: Option<(UserId, &Lifetimes)>) -> Result<()> {
        let note = writer.map(|(user, lifetimes)| self.0.setting(&OwnWriteKey(user), &Flag, lifetimes, &[]));
        let removals = ids.iter().map(|id| cmd("DEL").arg(self.0.key(&RowKey(*id))).clone());
        self.0.run_all(&note.into_iter().chain(removals).collect::<Vec<_>>()).await.map(drop)
    }

    /// Whether somebody wrote a moment ago.
    pub(super) async fn wrote(&self, user: UserId) -> Result<bool> {
        self.0.run(cmd("EXISTS").arg(self.0.key(&OwnWriteKey(user)))).await
    }
}

impl<R: Kept> Sight<R> {
    fn of(place: Value, lease: &Uuid, longest: Duration) -> Self {
        let Value::BulkString(place) = place else {
            return Self { row: None, place: LeaseKey::encode(lease).to_vec() };
        };
        let row = Written::read(&place).map(|Stored { fresh_until, row }| {
            let fresh = fresh_until - Utc::now().timestamp_millis();
            let fresh = Duration::from_millis(fresh.max(0).unsigned_abs()).min(longest);
            Found { row, fresh }
        });
        Self { row, place }
    }

    /// Puts what PostgreSQL says in place of what was seen.
    pub(super) fn replaced(self, id: RowId, row: Option<&R>, span: Span) -> Fill {
        let fresh = u64::try_from(span.fresh.as_millis()).unwrap_or(u64::MAX);
        let fresh_until = Utc::now().timestamp_millis().saturating_add_unsigned(fresh);
        let value = row.and_then(|row| Written::new(&Stored { fresh_until, row }));
        Fill { id, place: self.place, value, span }
    }
}
