//! What the server is made of.

use anyhow::Context;

use crate::config::Config;
use crate::graphql_http::Types;
use crate::schema::{self, Schema};
use crate::token::Tokens;

/// Shared by all requests.
pub struct App {
    pub(crate) config: Config,
    pub(crate) postgres: db::Postgres,
    pub(crate) schema: Schema,
    pub(crate) types: Types,
    /// None where nobody can log in.
    pub(crate) tokens: Option<Tokens>,
}

impl App {
    pub fn new(config: Config, postgres: db::Postgres, tokens: Option<Tokens>) -> anyhow::Result<Self> {
        let schema = schema::build();
        let types = Types::of(&schema.sdl()).context("the schema can't be read")?;
        Ok(Self { config, postgres, schema, types, tokens })
    }
}
