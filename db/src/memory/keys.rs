//! All that is kept in Redis: under which name, as what, and for how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rows::{Kept, Lifetimes, RowId, Span, jittered};
use crate::UserId;
use crate::redis::Key;

/// A row that everybody sees alike.
pub(super) struct RowKey(pub(super) RowId);

/// The place of a row, while somebody asks PostgreSQL for it.
pub(super) struct LeaseKey(pub(super) RowId);

/// Tells others that somebody loads a row anew.
pub(super) struct RenewalKey(pub(super) RowId);

/// Tells other instances that somebody wrote a moment ago.
pub(super) struct OwnWriteKey(pub(super) UserId);

/// A feed that was gathered ahead.
pub(super) struct TimelineKey(pub(super) UserId);

/// The place of a timeline, while it is being gathered.
pub(super) struct DraftKey(pub(super) UserId);

/// A row as it is written: as JSON, where a format without names might decode another shape to nonsense.
pub(super) struct Written(Vec<u8>);

#[derive(Serialize, Deserialize)]
pub(super) struct Stored<R> {
    /// In milliseconds since 1970, by the clock of whoever wrote it. It may be wrong: what is served too long or not long enough for
    /// that is not what was forgotten.
    pub(super) fresh_until: i64,
    pub(super) row: R,
}

/// It says all by being there.
pub(super) struct Flag;

/// How long PostgreSQL may take to answer whoever is to write.
const LEASE: Duration = Duration::from_secs(5);

/// How long a timeline lives, a tenth more or less, however often it is read: so long what was lost in Redis stays lost.
const TIMELINE: Duration = Duration::from_hours(6);

/// How long it may take to gather one.
const GATHERING: Duration = Duration::from_secs(30);

impl Key for RowKey {
    type Value = Written;
    type Terms = Span;

    /// The versions are in the list of kinds, and watched by a test there.
    fn name(&self) -> String {
        self.0.to_string()
    }

    fn lifetime(span: &Span) -> Duration {
        span.fresh + span.stale
    }
}

impl Key for LeaseKey {
    type Value = Uuid;
    type Terms = ();

    fn name(&self) -> String {
        RowKey(self.0).name()
    }

    fn lifetime((): &()) -> Duration {
        LEASE
    }
}

impl Key for RenewalKey {
    type Value = Flag;
    type Terms = Lifetimes;

    fn name(&self) -> String {
        format!("renewing:{}", self.0)
    }

    fn lifetime(lifetimes: &Lifetimes) -> Duration {
        lifetimes.renewal
    }
}

impl Key for OwnWriteKey {
    type Value = Flag;
    type Terms = Lifetimes;

    fn name(&self) -> String {
        format!("wrote:1:{}", self.0)
    }

    fn lifetime(lifetimes: &Lifetimes) -> Duration {
        lifetimes.own_write
    }
}

impl Key for TimelineKey {
    /// A member.
    type Value = Uuid;
    type Terms = ();

    fn name(&self) -> String {
        format!("timeline:1:{}", self.0)
    }

    fn lifetime((): &()) -> Duration {
        jittered(TIMELINE)
    }
}

impl Key for DraftKey {
    type Value = Uuid;
    type Terms = ();

    fn name(&self) -> String {
        TimelineKey(self.0).name()
    }

    fn lifetime((): &()) -> Duration {
        GATHERING
    }
}

impl Written {
    /// None if it can't be encoded.
    pub(super) fn new<R: Kept>(stored: &Stored<&R>) -> Option<Self> {
        serde_json::to_vec(stored).ok().map(Self)
    }

    /// A lease is no JSON; nor, perhaps, is what another release wrote. Either is as if it were not there.
    pub(super) fn read<R: Kept>(place: &[u8]) -> Option<Stored<R>> {
        serde_json::from_slice(place).ok()
    }
}

impl AsRef<[u8]> for Written {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Flag {
    fn as_ref(&self) -> &[u8] {
        b""
    }
}
