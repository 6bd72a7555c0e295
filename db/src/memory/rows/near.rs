//! What this process keeps: rows, and for a short while that there is none of some id.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use moka::sync::Cache;
use uuid::Uuid;

use super::counts::Counters;
use super::kept::{Kept, RowId};

pub(super) struct Near {
    entries: Cache<RowId, Arc<Entry>>,
    epochs: Epochs,
}

/// A row, or that there is none.
pub(super) struct Entry {
    row: Option<Arc<dyn Any + Send + Sync>>,
    epoch: Epoch,
    made: Instant,
    fresh_until: Instant,
    good_until: Instant,
    bytes: u32,
    is_being_renewed: AtomicBool,
}

/// How often a row was forgotten. What was loaded in one epoch is worth nothing in the next, however late it is put here: nobody can bring
/// back what was before a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Epoch(u64);

/// Rows share their epochs with few others, which are forgotten along.
struct Epochs {
    shared: Box<[AtomicU64]>,
    /// How often all was forgotten.
    all: AtomicU64,
}

/// How long something is good for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) fresh: Duration,
    pub(crate) stale: Duration,
}

const EPOCHS: usize = 1 << 16;

/// What an entry takes beside its row: itself, its key, and what moka knows of it.
const OVERHEAD: usize = 256;

impl Near {
    pub(super) fn new(bytes: u64, longest: Duration, counters: Arc<Counters>) -> Self {
        let entries = Cache::builder()
            .max_capacity(bytes)
            .weigher(|_, entry: &Arc<Entry>| entry.bytes)
            .time_to_live(longest)
            .eviction_listener(move |id, entry: Arc<Entry>, _| counters.of(*id).dropped(entry.bytes))
            .build();
        Self { entries, epochs: Epochs::new() }
    }

    pub(super) fn epoch(&self, id: RowId) -> Epoch {
        self.epochs.of(id)
    }

    /// Neither what was forgotten, nor what is older than that.
    pub(super) fn get(&self, id: RowId, oldest: Duration) -> Option<Arc<Entry>> {
        let entry = self.entries.get(&id)?;
        let now = Instant::now();
        let is_good = now < entry.good_until && now - entry.made < oldest && entry.epoch == self.epoch(id);
        is_good.then_some(entry)
    }

    pub(super) fn put(&self, id: RowId, entry: Arc<Entry>, counters: &Counters) {
        counters.of(id).put(entry.bytes);
        self.entries.insert(id, entry);
    }

    pub(super) fn forget(&self, id: RowId) {
        self.epochs.end(id);
        self.entries.invalidate(&id);
    }

    pub(super) fn forget_all(&self) {
        self.epochs.end_all();
        self.entries.invalidate_all();
    }

    /// Does what waits to be done, so that counts are right.
    pub(super) fn tidy(&self) {
        self.entries.run_pending_tasks();
    }
}

impl Entry {
    /// `epoch` is from before the row was looked for.
    pub(super) fn row<R: Kept>(row: R, epoch: Epoch, span: Span) -> Self {
        // About as much as its texts take.
        let texts = serde_json::to_vec(&row).map_or(0, |json| json.len());
        Self::new(Some(Arc::new(row)), size_of::<R>() + texts, epoch, span)
    }

    pub(super) fn absence(epoch: Epoch, lifetime: Duration) -> Self {
        Self::new(None, 0, epoch, Span { fresh: lifetime, stale: Duration::ZERO })
    }

    fn new(row: Option<Arc<dyn Any + Send + Sync>>, bytes: usize, epoch: Epoch, span: Span) -> Self {
        let made = Instant::now();
        let fresh_until = made + span.fresh;
        Self {
            row,
            epoch,
            made,
            fresh_until,
            good_until: fresh_until + span.stale,
            bytes: u32::try_from(bytes + OVERHEAD).unwrap_or(u32::MAX),
            is_being_renewed: AtomicBool::new(false),
        }
    }

    pub(super) fn get<R: Kept>(&self) -> Option<R> {
        self.row.as_ref()?.downcast_ref().cloned()
    }

    pub(super) fn is_absence(&self) -> bool {
        self.row.is_none()
    }

    /// True to one of all who find that it is no longer fresh.
    pub(super) fn is_mine_to_renew(&self) -> bool {
        Instant::now() >= self.fresh_until && !self.is_being_renewed.swap(true, Ordering::Relaxed)
    }

    /// Lets somebody else renew it.
    pub(super) fn was_not_renewed(&self) {
        self.is_being_renewed.store(false, Ordering::Relaxed);
    }
}

impl Epochs {
    fn new() -> Self {
        Self { shared: (0..EPOCHS).map(|_| AtomicU64::new(0)).collect(), all: AtomicU64::new(0) }
    }

    /// Both only grow, and so their sum is another one as soon as either has.
    fn of(&self, id: RowId) -> Epoch {
        Epoch(self.all.load(Ordering::SeqCst) + self.shared(id).load(Ordering::SeqCst))
    }

    fn end(&self, id: RowId) {
        self.shared(id).fetch_add(1, Ordering::SeqCst);
    }

    fn end_all(&self) {
        self.all.fetch_add(1, Ordering::SeqCst);
    }

    /// The last bytes of an id are random; those of categories are not, and few.
    fn shared(&self, id: RowId) -> &AtomicU64 {
        &self.shared[Uuid::from(id).as_u128() as usize % EPOCHS]
    }
}

impl fmt::Debug for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Near").field("entries", &self.entries.entry_count()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("is_absence", &self.is_absence()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::{User, UserId};

    fn near() -> (Near, Arc<Counters>) {
        let counters: Arc<Counters> = Arc::default();
        (Near::new(1 << 20, Duration::from_secs(100), counters.clone()), counters)
    }

    fn user(id: UserId) -> User {
        User {
            id,
            handle: "ada".into(),
            nickname: "Ada".into(),
            avatar_url: None,
            bio: None,
            city: None,
            credits: 0,
            follower_count: 0,
            following_count: 0,
            review_count: 0,
            created_at: DateTime::<Utc>::UNIX_EPOCH,
        }
    }

    const LONG: Span = Span { fresh: Duration::from_secs(50), stale: Duration::from_secs(50) };

    #[test]
    fn what_was_loaded_before_it_was_forgotten_is_worth_nothing_however_late_it_comes() {
        let (near, counters) = near();
        let id = UserId::new();
        let row = RowId::from(id);
        let ways: [fn(&Near, RowId); 2] = [Near::forget, |near, _| near.forget_all()];
        for forget in ways {
            let epoch = near.epoch(row);
            forget(&near, row);
            near.put(row, Arc::new(Entry::row(user(id), epoch, LONG)), &counters);
            assert!(near.get(row, Duration::MAX).is_none());
            near.put(row, Arc::new(Entry::row(user(id), near.epoch(row), LONG)), &counters);
            assert_eq!(near.get(row, Duration::MAX).and_then(|entry| entry.get()), Some(user(id)));
            assert!(near.get(row, Duration::ZERO).is_none(), "it is older than that");
        }
    }

    #[test]
    fn one_of_all_who_find_a_stale_row_renews_it() {
        let stale = Entry::row(user(UserId::new()), Epoch(0), Span { fresh: Duration::ZERO, ..LONG });
        assert_eq!((0..10).filter(|_| stale.is_mine_to_renew()).count(), 1);
        stale.was_not_renewed();
        assert!(stale.is_mine_to_renew());
        assert!(!Entry::row(user(UserId::new()), Epoch(0), LONG).is_mine_to_renew());
    }

    #[test]
    fn what_is_there_is_counted() {
        let (near, counters) = near();
        let id = UserId::new();
        for _ in 0..3 {
            near.put(id.into(), Arc::new(Entry::row(user(id), Epoch(0), LONG)), &counters);
        }
        near.tidy();
        let users = || counters.read().into_iter().find(|(kind, _)| *kind == "User").map(|(_, counts)| counts);
        let counts = users().expect("users");
        assert_eq!((counts.entries, counts.bytes > 256), (1, true));
        near.forget(id.into());
        near.tidy();
        let counts = users().expect("users");
        assert_eq!((counts.entries, counts.bytes), (0, 0));
    }
}
