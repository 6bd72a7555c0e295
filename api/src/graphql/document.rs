//! From the text of a document to the operation that will run.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet};
use async_graphql::parser::{self, parse_query};
use async_graphql::{Name, Positioned, Request, ServerError, Value, Variables};

use super::defaults;
use super::expansion::{self, Size};
use super::nesting;
use super::order::Fragments;

/// What will run, once async-graphql has taken the document itself.
pub(super) struct Parsed {
    pub(super) operation_type: OperationType,
    pub(super) name: Option<Name>,
    pub(super) size: Size,
    pub(super) selection: SelectionSet,
    pub(super) fragments: Fragments,
}

impl Parsed {
    /// The type that the selection is one of.
    pub(super) fn root(&self) -> Name {
        Name::new(match self.operation_type {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        })
    }
}

/// Parses the document, which stays with the request, and says what kind of operation will run.
pub(super) fn parse(request: &mut Request) -> Result<Parsed, ServerError> {
    nesting::check(&request.query).map_err(refused)?;
    let mut document = parse_query(&request.query).map_err(syntax_error)?;
    let (name, operation) = selected(&document, request.operation_name.as_deref()).map_err(refused)?;
    let size = expansion::check(&document, operation).map_err(refused)?;
    check_required(operation, &request.variables)?;
    let unset = unset(operation, &request.variables);
    let parsed = Parsed {
        operation_type: operation.ty,
        name: name.cloned(),
        size,
        selection: operation.selection_set.node.clone(),
        fragments: document.fragments.clone(),
    };
    if !unset.is_empty() {
        defaults::leave_out(&mut document, request.operation_name.as_deref(), &unset);
    }
    // The parser leaves room in every list, which a copy does not: what a subscription keeps, it keeps for long.
    let document = if parsed.operation_type == OperationType::Subscription { document.clone() } else { document };
    request.set_parsed_query(document);
    Ok(parsed)
}

fn refused(reason: impl Into<String>) -> ServerError {
    ServerError::new(reason, None)
}

/// `GetOperation()` of the GraphQL specification.
fn selected<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<(Option<&'a Name>, &'a OperationDefinition), &'static str> {
    let mut operations = document.operations.iter();
    let (name, operation) = match name {
        Some(name) => operations
            .find(|(candidate, _)| candidate.is_some_and(|candidate| candidate == name))
            .ok_or("`operationName` is not the name of an operation in the document")?,
        None => match (operations.next(), operations.next()) {
            (Some(only), None) => only,
            _ => return Err("`operationName` must say which operation of the document to run"),
        },
    };
    Ok((name, &operation.node))
}

/// A subscription tells of one thing (section 5.2.3.1 of the GraphQL specification). async-graphql would follow several, and
/// none within a fragment.
pub(super) fn check_single(subscription: &Parsed) -> Result<(), ServerError> {
    match subscription.selection.items.as_slice() {
        [Positioned { node: Selection::Field(field), .. }] if !field.node.name.node.starts_with("__") => Ok(()),
        _ => Err(refused("a subscription must select one field of `Subscription`, and not in a fragment")),
    }
}

/// The part of `CoerceVariableValues()` that needs no schema.
///
/// async-graphql would notice a missing variable only at the field that uses it, when the mutations
/// before that field are done already.
fn check_required(operation: &OperationDefinition, variables: &Variables) -> Result<(), ServerError> {
    for Positioned { pos, node: definition } in &operation.variable_definitions {
        let missing = match variables.get(&definition.name.node) {
            Some(value) => *value == Value::Null,
            None => definition.default_value.is_none(),
        };
        if missing && !definition.var_type.node.nullable {
            let message = format!("the variable `${}` is required", definition.name.node);
            return Err(ServerError::new(message, Some(*pos)));
        }
    }
    Ok(())
}

/// The variables that have neither a value nor a default.
fn unset(operation: &OperationDefinition, variables: &Variables) -> HashSet<Name> {
    let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
    definitions
        .filter(|definition| definition.default_value.is_none() && !variables.contains_key(&definition.name.node))
        .map(|definition| definition.name.node.clone())
        .collect()
}

/// Says what was expected, without the excerpt that the parser puts before it: a document on a
/// single line would be sent back whole, and documents do not belong into logs.
fn syntax_error(error: parser::Error) -> ServerError {
    let mut error = ServerError::from(error);
    if let Some((_, expected)) = error.message.rsplit_once("= ") {
        error.message = format!("syntax error: {expected}");
    }
    error
}
