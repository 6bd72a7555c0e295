//! Puts `null` where a field failed, and where that may not be, into the nearest parent that may, as the GraphQL
//! specification demands (section 6.4.4): async-graphql leaves failed fields out.

use std::collections::HashSet;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, Field, Selection, SelectionSet, Type};
use async_graphql::{Name, PathSegment, ServerError, Value};

use super::document::Parsed;
use super::types::{Types, name_of};

/// What was asked for, and of which types it is.
struct Asked<'a> {
    parsed: &'a Parsed,
    types: &'a Types,
}

/// Completes `data`, given the errors of its fields.
pub(super) fn complete(data: &mut Value, errors: &[ServerError], parsed: &Parsed, types: &Types) {
    let asked = Asked { parsed, types };
    let mut nulled = HashSet::new();
    for error in errors.iter().filter(|error| !error.path.is_empty()) {
        let nullable = asked.nullable(&error.path);
        // The deepest place of the path that may be null; without any, the whole data.
        let depth = nullable.iter().rposition(|nullable| *nullable).map_or(0, |place| place + 1);
        let is_gone = (0..depth).any(|parent| nulled.contains(&key(&error.path[..parent])));
        if !is_gone {
            set_null(data, &error.path[..depth]);
            nulled.insert(key(&error.path[..depth]));
        }
    }
}

impl Asked<'_> {
    /// For each segment of a path, whether what it leads to may be null.
    fn nullable(&self, path: &[PathSegment]) -> Vec<bool> {
        let mut nullable = Vec::new();
        let mut parents = vec![(self.parsed.root(), &self.parsed.selection)];
        let mut ty: Option<Type> = None;
        for segment in path {
            ty = match segment {
                PathSegment::Field(key) => {
                    let fields = self.fields(&parents, key);
                    let known = |(parent, field): &(Name, &Field)| self.types.field(parent, &field.name.node);
                    let found = fields.iter().find_map(known).map(|field| &field.ty);
                    let name = found.map(name_of);
                    parents = fields
                        .iter()
                        .filter_map(|(_, field)| Some((name?.clone(), &field.selection_set.node)))
                        .collect();
                    found.cloned()
                }
                PathSegment::Index(_) => ty.and_then(|ty| match ty.base {
                    BaseType::List(item) => Some(*item),
                    BaseType::Named(_) => None,
                }),
            };
            nullable.push(ty.as_ref().is_none_or(|ty| ty.nullable));
        }
        nullable
    }

    /// All fields of the same key in some selections, with the types that they are asked of.
    fn fields<'s>(&'s self, parents: &[(Name, &'s SelectionSet)], key: &str) -> Vec<(Name, &'s Field)> {
        let mut fields = Vec::new();
        for (parent, selection) in parents {
            self.collect(parent, selection, key, &mut fields);
        }
        fields
    }

    fn collect<'s>(
        &'s self,
        parent: &Name,
        selection: &'s SelectionSet,
        key: &str,
        fields: &mut Vec<(Name, &'s Field)>,
    ) {
        for item in &selection.items {
            let (condition, selection) = match &item.node {
                Selection::Field(field) => {
                    if field.node.response_key().node == key {
                        fields.push((parent.clone(), &field.node));
                    }
                    continue;
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    (condition.unwrap_or(parent), &fragment.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => match self.parsed.fragments.get(&spread.node.fragment_name.node) {
                    Some(fragment) => (&fragment.node.type_condition.node.on.node, &fragment.node.selection_set.node),
                    None => continue,
                },
            };
            self.collect(condition, selection, key, fields);
        }
    }
}

fn set_null(place: &mut Value, path: &[PathSegment]) {
    let Some((segment, rest)) = path.split_first() else {
        *place = Value::Null;
        return;
    };
    match segment {
        PathSegment::Field(key) => {
            // An object all of whose fields failed comes as null.
            if *place == Value::Null {
                *place = Value::Object(IndexMap::new());
            }
            if let Value::Object(fields) = place {
                set_null(fields.entry(Name::new(key)).or_insert(Value::Null), rest);
            }
        }
        PathSegment::Index(index) => match place {
            Value::List(items) if *index < items.len() => set_null(&mut items[*index], rest),
            // The whole list went with the item.
            _ => *place = Value::Null,
        },
    }
}

/// A path as one text, to be found again.
fn key(path: &[PathSegment]) -> String {
    path.iter()
        .map(|segment| match segment {
            PathSegment::Field(name) => format!(".{name}"),
            PathSegment::Index(index) => format!("[{index}]"),
        })
        .collect()
}
