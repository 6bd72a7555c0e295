//! Counts what a document comes to once its fragments are spread, without spreading them: fragments that spread each other
//! twice double the work at each step, and 700 bytes would keep a server busy until its memory ends.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet};

/// Most fields of a document, those of fragments counted wherever they are spread.
const MAX_FIELDS: u64 = 10_000;

/// Validation takes time by the square of the length of a chain of fragments, and stack by its length.
const MAX_FRAGMENTS: usize = 100;

/// How much an operation asks for, fragments spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) fields: u64,
    /// Levels of fields.
    pub(crate) depth: u64,
}

/// Refuses what comes to too much, and says how much the operation that will run comes to.
pub(super) fn check(document: &ExecutableDocument, selected: &OperationDefinition) -> Result<Size, String> {
    if document.fragments.len() > MAX_FRAGMENTS {
        return Err(format!("the document has more than {MAX_FRAGMENTS} fragments"));
    }
    let mut counter = Counter { document, of_fragment: HashMap::new() };
    let operations = document.operations.iter();
    let fields = operations.fold(0, |sum: u64, (_, operation)| {
        sum.saturating_add(counter.count(&operation.node.selection_set.node).fields)
    });
    if fields > MAX_FIELDS {
        return Err(format!("the document comes to more than {MAX_FIELDS} fields"));
    }
    Ok(counter.count(&selected.selection_set.node))
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    of_fragment: HashMap<&'a Name, Size>,
}

impl<'a> Counter<'a> {
    fn count(&mut self, selection: &'a SelectionSet) -> Size {
        selection.items.iter().fold(Size::default(), |size, item| {
            size.and(match &item.node {
                Selection::Field(field) => self.count(&field.node.selection_set.node).below_a_field(),
                Selection::InlineFragment(fragment) => self.count(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => self.of_fragment(&spread.node.fragment_name.node),
            })
        })
    }

    fn of_fragment(&mut self, name: &'a Name) -> Size {
        if let Some(size) = self.of_fragment.get(name) {
            return *size;
        }
        // A fragment that spreads itself counts for nothing here: validation refuses it.
        self.of_fragment.insert(name, Size::default());
        let fragment = self.document.fragments.get(name);
        let size = fragment.map_or(Size::default(), |fragment| self.count(&fragment.node.selection_set.node));
        self.of_fragment.insert(name, size);
        size
    }
}

impl Size {
    fn and(self, other: Self) -> Self {
        Self { fields: self.fields.saturating_add(other.fields), depth: self.depth.max(other.depth) }
    }

    fn below_a_field(self) -> Self {
        Self { fields: self.fields.saturating_add(1), depth: self.depth + 1 }
    }
}
