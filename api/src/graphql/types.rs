//! What the types of a schema promise: which fields there are, which may be null, and which will go.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Name;
use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition};
use async_graphql::{Positioned, parser};

/// All fields, by type and name. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Types(Arc<HashMap<Name, HashMap<Name, Field>>>);

#[derive(Debug)]
pub(super) struct Field {
    pub(super) ty: Type,
    pub(super) is_deprecated: bool,
}

impl Types {
    /// Reads them from a schema definition.
    pub(crate) fn of(sdl: &str) -> Result<Self, parser::Error> {
        let mut types = HashMap::new();
        for definition in parser::parse_schema(sdl)?.definitions {
            if let TypeSystemDefinition::Type(Positioned { node, .. }) = definition {
                let fields = match node.kind {
                    TypeKind::Object(object) => object.fields,
                    TypeKind::Interface(interface) => interface.fields,
                    _ => continue,
                };
                types.insert(node.name.node, fields.into_iter().map(field).collect());
            }
        }
        Ok(Self(Arc::new(types)))
    }

    pub(crate) fn fields_of(&self, parent: &str) -> impl Iterator<Item = &str> {
        self.0.get(parent).into_iter().flat_map(|fields| fields.keys().map(Name::as_str))
    }

    /// None for `__schema` and the like, which no schema definition has.
    pub(super) fn field(&self, parent: &Name, field: &Name) -> Option<&Field> {
        self.0.get(parent)?.get(field)
    }
}

fn field(Positioned { node, .. }: Positioned<FieldDefinition>) -> (Name, Field) {
    let is_deprecated = node.directives.iter().any(|directive| directive.node.name.node == "deprecated");
    (node.name.node, Field { ty: node.ty.node, is_deprecated })
}

/// The name of a type without its lists.
pub(super) fn name_of(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => name_of(item),
    }
}
