use std::collections::BTreeSet;

/// What a subscriber was told of already, in bounded memory: some rows by their ids, and all below.
///
/// Ids grow with time, but rows come to light in the order of commits. So a smaller id may come after a greater one, though not
/// much later.
pub(super) struct Delivered<Id> {
    start: Id,
    /// Behind the start, but there when all began.
    there: BTreeSet<Id>,
    forgotten: Option<Id>,
    latest: BTreeSet<Id>,
}

/// How many rows may come between one and another whose id is smaller.
const REMEMBERED: usize = 64;

impl<Id: Copy + Ord> Delivered<Id> {
    pub(super) fn since(start: Id, there: BTreeSet<Id>) -> Self {
        Self { start, there, forgotten: None, latest: BTreeSet::new() }
    }

    pub(super) fn contains(&self, id: Id) -> bool {
        self.forgotten.is_some_and(|forgotten| id <= forgotten) || self.latest.contains(&id)
    }

    /// Whether it is no news to whoever looks for what they missed. Whoever is woken for it tells it: it may have come to light between
    /// the moment when all began and the one when somebody looked.
    pub(super) fn was_there(&self, id: Id) -> bool {
        self.there.contains(&id)
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
        let mut delivered = Delivered::since(0, BTreeSet::new());
        for id in 1..=1_000 {
            assert!(!delivered.contains(id));
            delivered.insert(id);
            assert!((1..=id).all(|id| delivered.contains(id)));
        }
        assert_eq!(delivered.latest.len(), REMEMBERED);
    }

    #[test]
    fn a_row_that_was_overtaken_is_delivered_too() {
        let mut delivered = Delivered::since(10, BTreeSet::from([11]));
        delivered.insert(13);
        assert!(!delivered.contains(12) && !delivered.was_there(12));
        assert!(!delivered.contains(11) && delivered.was_there(11), "it is told if somebody tells of it anew");
        assert!(!delivered.contains(9), "it was under way when all began");
        assert_eq!(delivered.complete_until(), 10);
    }
}
