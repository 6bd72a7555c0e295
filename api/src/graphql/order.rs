//! Puts the fields of a response into the order in which they were asked for, as the GraphQL specification wishes
//! (section 7.2.2): async-graphql gives them in the order in which they were done, another one at each request.

use std::collections::HashMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{FragmentDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value};

pub(super) type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// Sorts `value`, the result of `selection`.
pub(super) fn arrange(value: &mut Value, selection: &SelectionSet, fragments: &Fragments) {
    arrange_merged(value, &[selection], fragments);
}

/// The same response key may be selected in several places, whose selections are merged.
fn arrange_merged(value: &mut Value, selections: &[&SelectionSet], fragments: &Fragments) {
    if matches!(value, Value::Object(_) | Value::List(_)) {
        let mut keys = IndexMap::new();
        for selection in selections {
            collect(selection, fragments, &mut keys);
        }
        arrange_by(value, &keys, fragments);
    }
}

type Keys<'a> = IndexMap<&'a Name, Vec<&'a SelectionSet>>;

fn arrange_by(value: &mut Value, keys: &Keys<'_>, fragments: &Fragments) {
    match value {
        Value::List(items) => {
            for item in items {
                arrange_by(item, keys, fragments);
            }
        }
        Value::Object(fields) => {
            fields.sort_by_cached_key(|name, _| keys.get_index_of(name));
            for (name, field) in fields {
                if let Some(selections) = keys.get(name).filter(|selections| !selections.is_empty()) {
                    arrange_merged(field, selections, fragments);
                }
            }
        }
        _ => {}
    }
}

fn collect<'a>(selection: &'a SelectionSet, fragments: &'a Fragments, keys: &mut Keys<'a>) {
    for item in &selection.items {
        match &item.node {
            Selection::Field(field) => {
                let selections = keys.entry(&field.node.response_key().node).or_default();
                if !field.node.selection_set.node.items.is_empty() {
                    selections.push(&field.node.selection_set.node);
                }
            }
            Selection::InlineFragment(fragment) => collect(&fragment.node.selection_set.node, fragments, keys),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = fragments.get(&spread.node.fragment_name.node) {
                    collect(&fragment.node.selection_set.node, fragments, keys);
                }
            }
        }
    }
}
