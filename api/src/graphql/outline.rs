//! What is told of an operation: which it is and how much it asks for, but none of its values.

use std::collections::HashSet;
use std::fmt::Write;

use async_graphql::Name;
use async_graphql::parser::types::{OperationType, Selection, SelectionSet};
use aws_lc_rs::digest::{SHA256, digest};

use super::Types;
use super::document::Parsed;
use super::expansion::Size;
use super::plain::plain;
use super::types::name_of;

#[derive(Clone, Debug)]
pub(crate) struct Outline {
    pub(crate) kind: OperationType,
    pub(crate) name: Option<Name>,
    /// SHA-256 of the document without its values, spacing and comments.
    pub(crate) hash: String,
    pub(crate) size: Size,
    /// Each field that is selected, once.
    pub(crate) fields: Vec<Used>,
}

/// A field of a type of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Used {
    pub(crate) parent: Name,
    pub(crate) field: Name,
    pub(crate) is_deprecated: bool,
}

impl Outline {
    pub(super) fn of(parsed: &Parsed, query: &str, types: &Types) -> Self {
        let mut walk = Walk { parsed, types, used: HashSet::new(), spread: HashSet::new() };
        walk.visit(&parsed.root(), &parsed.selection);
        Self {
            kind: parsed.operation_type,
            name: parsed.name.clone(),
            hash: hexadecimal(digest(&SHA256, plain(query).as_bytes()).as_ref()),
            size: parsed.size,
            fields: walk.used.into_iter().collect(),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Nothing that is written to a string fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

struct Walk<'a> {
    parsed: &'a Parsed,
    types: &'a Types,
    used: HashSet<Used>,
    /// A fragment has one type, wherever it is spread.
    spread: HashSet<&'a Name>,
}

impl<'a> Walk<'a> {
    /// What the schema doesn't know is left to validation.
    fn visit(&mut self, parent: &Name, selection: &'a SelectionSet) {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    let name = &field.node.name.node;
                    let Some(known) = self.types.field(parent, name) else { continue };
                    let (parent, field_name) = (parent.clone(), name.clone());
                    self.used.insert(Used { parent, field: field_name, is_deprecated: known.is_deprecated });
                    self.visit(name_of(&known.ty), &field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(parent, |on| &on.node.on.node);
                    self.visit(on, &fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.parsed.fragments.get(name)
                        && self.spread.insert(name)
                    {
                        self.visit(&fragment.node.type_condition.node.on.node, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::Request;

    use super::super::document::parse;
    use super::*;

    const SCHEMA: &str =
        "type Query { shop: Shop shops: [Shop!]! } type Shop { name: String title: String @deprecated }";

    fn outline(query: &str) -> Outline {
        let parsed = parse(&mut Request::new(query)).expect("a document");
        Outline::of(&parsed, query, &Types::of(SCHEMA).expect("a schema"))
    }

    #[test]
    fn fields_are_counted_wherever_they_are_spread_and_told_once() {
        let outline = outline(
            "query Front { shop { ...F } other: shop { ...F } shops { ... { name nonsense } } } fragment F on Shop { name title }",
        );
        assert_eq!((outline.name.as_deref(), outline.size), (Some("Front"), Size { fields: 9, depth: 2 }));
        let mut used: Vec<_> = outline.fields.iter().map(|used| (used.field.as_str(), used.is_deprecated)).collect();
        used.sort_unstable();
        assert_eq!(used, [("name", false), ("shop", false), ("shops", false), ("title", true)]);
    }

    #[test]
    fn a_document_is_known_by_its_hash() {
        assert_eq!(outline("{shop{name}}").hash, outline("{ shop { name } }").hash);
        assert_ne!(outline("{shop{name}}").hash, outline("{shop{title}}").hash);
        // As `printf '{shop{name}}' | sha256sum` has it.
        assert_eq!(outline("{shop{name}}").hash, "353b44decaddc8204b5f22ef88e82df1a412e490b52e9e0375266a36bbca3513");
    }
}
