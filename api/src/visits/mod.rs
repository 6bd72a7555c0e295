//! Who looks at shops.

mod loader;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

pub use loader::VisitsOf;

/// Who looked at shops since that was stored last.
#[derive(Clone, Default)]
pub struct Visits(Arc<Mutex<db::Visits>>);

/// Whoever asks, as far as it takes to count them once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visitor([u8; 16]);

/// How many shops and days are remembered until they are stored. While PostgreSQL is away, others are not counted.
const MOST: usize = 20_000;

/// How long it takes, at most, until a visit is stored, if all is well.
const INTERVAL: Duration = Duration::from_secs(5);

impl Visitor {
    /// A user; or a stranger, of whom nothing is known but the address. A household has 2^64 of those of version 6.
    pub fn new(user: Option<db::UserId>, address: Option<std::net::IpAddr>) -> Self {
        use std::net::IpAddr;
        Self(match (user, address) {
            (Some(user), _) => user.to_bytes(),
            (None, Some(IpAddr::V6(address))) => (u128::from(address) >> 64).to_be_bytes(),
            (None, Some(IpAddr::V4(address))) => address.to_ipv6_mapped().octets(),
            (None, None) => [0; 16],
        })
    }
}

impl Visits {
    pub fn saw(&self, shop: &db::Shop, visitor: Visitor, now: DateTime<Utc>) {
        let mut visits = self.lock();
        let visit = (shop.id, day(shop, now));
        if visits.len() < MOST || visits.contains_key(&visit) {
            visits.entry(visit).or_default().add(visitor.0);
        }
    }

    /// Stores what was seen; or keeps it for the next time.
    pub async fn store(&self, postgres: &db::Postgres) -> db::Result<()> {
        let visits = std::mem::take(&mut *self.lock());
        if visits.is_empty() {
            return Ok(());
        }
        let stored = match postgres.conn().await {
            Ok(mut conn) => db::Visitors::store(&mut conn, &visits).await,
            Err(error) => Err(error),
        };
        if stored.is_err() {
            let mut newer = self.lock();
            for (visit, visitors) in visits {
                newer.entry(visit).or_default().merge(&visitors);
            }
        }
        stored
    }

    /// Stores again and again, for as long as the server lives.
    pub async fn keep_storing(self, postgres: db::Postgres) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            if let Err(error) = self.store(&postgres).await {
                tracing::warn!(%error, "visits can't be stored at the moment");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, db::Visits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What day it is at the shop.
fn day(shop: &db::Shop, now: DateTime<Utc>) -> NaiveDate {
    // The names of time zones are looked up when a shop is stored.
    let zone = shop.timezone.parse().unwrap_or(Tz::UTC);
    now.with_timezone(&zone).date_naive()
}
