//! Rows that everybody sees alike, kept below the loaders: in the process, then in Redis, then there is one statement for the rest.
//!
//! Whoever changes a row says so by its [`Event`](crate::Event). After the commit it is forgotten here, in Redis, and by all other
//! instances; once more by the worker, in case that whoever wrote it died in between.

mod changes;
mod counts;
mod debts;
mod far;
mod flights;
mod kept;
mod lifetimes;
mod loading;
mod near;
mod reader;
mod warm_up;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::changes::{note, noted};
use self::counts::Counters;
pub use self::counts::RowCounts;
use self::debts::Debts;
use self::far::Far;
use self::flights::Flights;
pub use self::kept::{Kept, RowId};
pub use self::lifetimes::Lifetimes;
pub(super) use self::lifetimes::jittered;
use self::near::Near;
pub(super) use self::near::Span;
pub use self::reader::Reader;
use super::Heard;
use super::channels::{Channels, Reflex};
use crate::UserId;
use crate::redis::Link;

/// Cheap to clone: all clones share the same rows.
#[derive(Clone)]
pub struct Rows(Arc<Shared>);

struct Shared {
    /// None if nothing is to be kept.
    near: Option<Arc<Near>>,
    others: Option<Others>,
    flights: Flights,
    counters: Arc<Counters>,
    lifetimes: Lifetimes,
}

/// Other instances, and what is kept with them.
struct Others {
    far: Far,
    debts: Debts,
    channels: Channels,
}

/// What this process keeps, before it is known how others are reached.
pub(super) struct Own {
    near: Option<Arc<Near>>,
    counters: Arc<Counters>,
    lifetimes: Lifetimes,
}

const CHANNEL: &str = "rows";

/// Most rows that are forgotten in one round trip, or by one event.
pub(crate) const AT_A_TIME: usize = 1_000;

/// How old a row may be while others can't tell us that it was changed.
const UNTOLD: Duration = Duration::from_secs(1);

impl Own {
    pub(super) fn new(mib: u32, lifetimes: Lifetimes) -> Self {
        let counters: Arc<Counters> = Arc::default();
        let near = || Near::new(u64::from(mib) << 20, lifetimes.longest(), counters.clone());
        Self { near: (mib > 0).then(|| Arc::new(near())), counters: counters.clone(), lifetimes }
    }

    /// What is to be done when others say what they changed: at once, so that whoever is woken afterwards does not find what was before.
    pub(super) fn reflex(&self) -> Option<Reflex> {
        let near = self.near.clone()?;
        Some(Reflex::new(CHANNEL, move |heard| match heard {
            Heard::Message(message) => match serde_json::from_slice::<Vec<RowId>>(message) {
                Ok(rows) => rows.into_iter().for_each(|row| near.forget(row)),
                // It comes from a newer release, and may mean any.
                Err(_) => near.forget_all(),
            },
            Heard::Missed => near.forget_all(),
        }))
    }

    pub(super) fn alone(self) -> Rows {
        self.with(None)
    }

    pub(super) fn beside(self, redis: Link, channels: Channels) -> Rows {
        let far = Far(redis);
        let debts = Debts::new(far.clone(), channels.clone(), self.lifetimes.longest());
        self.with(Some(Others { far, debts, channels }))
    }

    fn with(self, others: Option<Others>) -> Rows {
        let Self { near, counters, lifetimes } = self;
        Rows(Arc::new(Shared { near, others, flights: Flights::default(), counters, lifetimes }))
    }
}

impl Rows {
    /// Forgets rows that were changed, here and everywhere else. What can't be forgotten in Redis at the moment will be, and is not read
    /// there until then.
    ///
    /// Whoever wrote reads PostgreSQL for a while, at whatever instance: that is known everywhere when this returns, if Redis answered in time.
    pub async fn forget(&self, rows: &[RowId], writer: Option<UserId>) {
        if let Some(near) = &self.0.near {
            rows.iter().for_each(|row| near.forget(*row));
        }
        let Some(others) = &self.0.others else { return };
        let writer = writer.map(|user| (user, &self.0.lifetimes));
        for rows in rows.chunks(AT_A_TIME) {
            let debt = others.debts.owe(rows);
            // What fails is owed.
            if others.far.forget(rows, writer).await.is_ok() {
                announce(&others.channels, rows);
                debt.paid();
            }
        }
    }

    /// What happened to each kind of row.
    pub fn counts(&self) -> Vec<(&'static str, RowCounts)> {
        if let Some(near) = &self.0.near {
            near.tidy();
        }
        self.0.counters.read()
    }
}

impl Others {
    /// Whether they can tell us what they changed.
    fn reach_us(&self) -> bool {
        self.far.0.is_up() && self.channels.hears_others()
    }

    /// What is kept together, if it can be relied on for these rows.
    fn far(&self, rows: &[RowId]) -> Option<&Far> {
        (self.far.0.is_up() && self.debts.are_paid(rows)).then_some(&self.far)
    }
}

/// Has others forget rows. They are gone from Redis by then, or others might find them there once more.
fn announce(channels: &Channels, rows: &[RowId]) {
    channels.say_elsewhere(CHANNEL, &serde_json::to_vec(rows).expect("ids are plain data"));
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("near", &self.0.near).finish_non_exhaustive()
    }
}
