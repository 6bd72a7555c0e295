//! A variable that has no value is as if it had not been written where it is used (section 6.4.1 of the GraphQL
//! specification), so that the argument's default applies: async-graphql takes it for `null`.

use std::collections::HashSet;

use async_graphql::Name;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql_value::Value;

/// Takes variables out of an operation and the fragments.
pub(super) fn leave_out(document: &mut ExecutableDocument, operation: Option<&str>, unset: &HashSet<Name>) {
    match &mut document.operations {
        DocumentOperations::Single(only) => in_operation(&mut only.node, unset),
        DocumentOperations::Multiple(operations) => operations
            .iter_mut()
            .filter(|(name, _)| operation.is_none_or(|operation| *name == operation))
            .for_each(|(_, operation)| in_operation(&mut operation.node, unset)),
    }
    for fragment in document.fragments.values_mut() {
        in_selection(&mut fragment.node.selection_set.node, unset);
    }
}

fn in_operation(operation: &mut OperationDefinition, unset: &HashSet<Name>) {
    operation.variable_definitions.retain(|definition| !unset.contains(&definition.node.name.node));
    in_selection(&mut operation.selection_set.node, unset);
}

fn in_selection(selection: &mut SelectionSet, unset: &HashSet<Name>) {
    for item in &mut selection.items {
        match &mut item.node {
            Selection::Field(field) => {
                let field = &mut field.node;
                field.arguments.retain(|(_, value)| !is_unset(&value.node, unset));
                field.arguments.iter_mut().for_each(|(_, value)| in_value(&mut value.node, unset));
                in_selection(&mut field.selection_set.node, unset);
            }
            Selection::InlineFragment(fragment) => in_selection(&mut fragment.node.selection_set.node, unset),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn in_value(value: &mut Value, unset: &HashSet<Name>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !is_unset(value, unset));
            fields.values_mut().for_each(|value| in_value(value, unset));
        }
        Value::List(items) => {
            for item in items {
                if is_unset(item, unset) {
                    *item = Value::Null;
                }
                in_value(item, unset);
            }
        }
        _ => {}
    }
}

fn is_unset(value: &Value, unset: &HashSet<Name>) -> bool {
    matches!(value, Value::Variable(name) if unset.contains(name))
}
