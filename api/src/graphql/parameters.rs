use async_graphql::{Extensions, Request, Value, Variables};
use serde::Deserialize;

/// The parameters of a request by name, of any type yet, so that a wrong one can be named in the refusal.
///
/// Others may come with them: a later specification may give them meaning.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object with the member `query`")]
pub(crate) struct Parameters {
    pub(crate) query: Value,
    pub(crate) operation_name: Value,
    pub(crate) variables: Value,
    pub(crate) extensions: Value,
}

impl Parameters {
    /// The request, or what is wrong with it.
    pub(crate) fn into_request(self) -> Result<Request, String> {
        let query = match self.query {
            Value::String(query) => query,
            Value::Null => return Err("`query` is missing".into()),
            _ => return Err(must_be("query", "a string")),
        };
        let mut request = Request::new(query);
        request.operation_name = match self.operation_name {
            Value::Null => None,
            Value::String(name) => Some(name),
            _ => return Err(must_be("operationName", "a string")),
        };
        request.variables = match self.variables {
            variables @ (Value::Null | Value::Object(_)) => Variables::from_value(variables),
            _ => return Err(must_be("variables", "an object")),
        };
        request.extensions = match self.extensions {
            Value::Null => Extensions::default(),
            Value::Object(entries) => {
                Extensions(entries.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
            }
            _ => return Err(must_be("extensions", "an object")),
        };
        Ok(request)
    }
}

fn must_be(parameter: &str, expected: &str) -> String {
    format!("`{parameter}` must be {expected}")
}
