//! Counts what a document comes to once its fragments are spread, without spreading them: fragments that spread each other
//! twice double the work at each step, and 700 bytes would keep a server busy until its memory ends.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// Most fields of a document, those of fragments counted wherever they are spread.
const MAX_FIELDS: u64 = 10_000;

/// Validation takes time by the square of the length of a chain of fragments, and stack by its length.
const MAX_FRAGMENTS: usize = 100;

pub(super) fn check(document: &ExecutableDocument) -> Result<(), String> {
    if document.fragments.len() > MAX_FRAGMENTS {
        return Err(format!("the document has more than {MAX_FRAGMENTS} fragments"));
    }
    let mut counter = Counter { document, of_fragment: HashMap::new() };
    let operations = document.operations.iter();
    let fields = operations
        .fold(0, |sum: u64, (_, operation)| sum.saturating_add(counter.count(&operation.node.selection_set.node)));
    if fields > MAX_FIELDS {
        return Err(format!("the document comes to more than {MAX_FIELDS} fields"));
    }
    Ok(())
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    of_fragment: HashMap<&'a Name, u64>,
}

impl<'a> Counter<'a> {
    fn count(&mut self, selection: &'a SelectionSet) -> u64 {
        selection.items.iter().fold(0, |sum: u64, item| {
            sum.saturating_add(match &item.node {
                Selection::Field(field) => self.count(&field.node.selection_set.node).saturating_add(1),
                Selection::InlineFragment(fragment) => self.count(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => self.of_fragment(&spread.node.fragment_name.node),
            })
        })
    }

    fn of_fragment(&mut self, name: &'a Name) -> u64 {
        if let Some(count) = self.of_fragment.get(name) {
            return *count;
        }
        // A fragment that spreads itself counts for nothing here: validation refuses it.
        self.of_fragment.insert(name, 0);
        let fragment = self.document.fragments.get(name);
        let count = fragment.map_or(0, |fragment| self.count(&fragment.node.selection_set.node));
        self.of_fragment.insert(name, count);
        count
    }
}
