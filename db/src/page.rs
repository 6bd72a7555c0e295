//! Keyset pagination.

use std::collections::HashMap;

/// The rows wanted: `limit` of them, behind `after`.
///
/// `Key` is what the rows are ordered by. Ids grow with time, so for newest-first lists the id is all it takes; for other
/// orders it is a [`Rank`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page<Key> {
    pub after: Option<Key>,
    pub limit: u32,
}

/// The rows found, and whether more remain.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice<Row> {
    pub rows: Vec<Row>,
    pub has_more: bool,
}

/// A place in an order by some number, ties broken by id.
#[derive(Clone, Copy, Debug)]
pub struct Rank<Id> {
    pub value: f64,
    pub id: Id,
}

/// A row and the number it was ordered by.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyed<Row> {
    pub row: Row,
    pub value: f64,
}

impl<Key> Page<Key> {
    /// One row more than wanted: its presence says that the slice is not the last.
    pub(crate) fn probe(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    pub(crate) fn slice<Row>(&self, mut rows: Vec<Row>) -> Slice<Row> {
        let has_more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        Slice { rows, has_more }
    }

    /// Sorts rows to the parents they belong to; a parent without rows gets an empty slice.
    pub(crate) fn slices<Parent: Copy + Eq + std::hash::Hash, Row>(
        &self,
        parents: &[Parent],
        rows: impl IntoIterator<Item = (Parent, Row)>,
    ) -> HashMap<Parent, Slice<Row>> {
        let mut rows_of: HashMap<_, Vec<_>> = parents.iter().map(|&parent| (parent, Vec::new())).collect();
        for (parent, row) in rows {
            rows_of.entry(parent).or_default().push(row);
        }
        rows_of.into_iter().map(|(parent, rows)| (parent, self.slice(rows))).collect()
    }
}

impl<Row> Default for Slice<Row> {
    fn default() -> Self {
        Self { rows: Vec::new(), has_more: false }
    }
}

// Bit for bit, so that a page can be (part of) a loader's key. PostgreSQL compares the same bits.
impl<Id: PartialEq> PartialEq for Rank<Id> {
    fn eq(&self, other: &Self) -> bool {
        self.value.to_bits() == other.value.to_bits() && self.id == other.id
    }
}

impl<Id: Eq> Eq for Rank<Id> {}

impl<Id: std::hash::Hash> std::hash::Hash for Rank<Id> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.value.to_bits().hash(state);
        self.id.hash(state);
    }
}

impl<Row> From<(Row, f64)> for Keyed<Row> {
    fn from((row, value): (Row, f64)) -> Self {
        Self { row, value }
    }
}
