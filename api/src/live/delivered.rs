use std::collections::BTreeSet;

/// What a subscriber was told of already, in bounded memory: some rows by their ids, and all below.
///
/// Ids grow with time, but rows come to light in the order of commits. So a smaller id may come after a greater one, though not
/// much later.
pub(super) struct Delivered<Id> {
    start: Id,
    forgotten: Option<Id>,
    latest: BTreeSet<Id>,
}

/// How many rows may come between one and another whose id is smaller.
const REMEMBERED: usize = 64;

impl<Id: Copy + Ord> Delivered<Id> {
    pub(super) fn since(start: Id) -> Self {
        Self { start, forgotten: None, latest: BTreeSet::new() }
    }

    pub(super) fn contains(&self, id: Id) -> bool {
        self.forgotten.is_some_and(|forgotten| id <= forgotten) || self.latest.contains(&id)
    }

    pub(super) fn insert(&mut self, id: Id) {
        self.latest.insert(id);
        if self.latest.len() > REMEMBERED {
            self.forgotten = self.latest.pop_first();
        }
    }

    /// Behind it is all that may have been missed.
    pub(super) fn complete_until(&self) -> Id {
        self.forgotten.map_or(self.start, |forgotten| forgotten.max(self.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_delivered_once_however_often_one_hears_of_it() {
        let mut delivered = Delivered::since(0);
        for id in 1..=1_000 {
            assert!(!delivered.contains(id));
            delivered.insert(id);
            assert!((1..=id).all(|id| delivered.contains(id)));
        }
        assert_eq!(delivered.latest.len(), REMEMBERED);
    }

    #[test]
    fn a_row_that_was_overtaken_is_delivered_too() {
        let mut delivered = Delivered::since(10);
        delivered.insert(12);
        assert!(!delivered.contains(11));
        assert!(!delivered.contains(9), "it was under way when all began");
        assert_eq!(delivered.complete_until(), 10);
    }
}
