//! What the types of a schema promise: which fields may be null.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Name;
use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition};
use async_graphql::{Positioned, parser};

/// The types of all fields, by type and field. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Types(Arc<HashMap<Name, HashMap<Name, Type>>>);

impl Types {
    /// Reads them from a schema definition.
    pub fn of(sdl: &str) -> Result<Self, parser::Error> {
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

    /// None for `__schema` and the like, which no schema definition has.
    pub(super) fn field(&self, parent: &Name, field: &Name) -> Option<&Type> {
        self.0.get(parent)?.get(field)
    }
}

fn field(Positioned { node, .. }: Positioned<FieldDefinition>) -> (Name, Type) {
    (node.name.node, node.ty.node)
}

/// The name of a type without its lists.
pub(super) fn name_of(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => name_of(item),
    }
}
