//! What the server is made of.

use crate::config::Config;
use crate::schema::Schema;
use crate::token::Tokens;

/// Shared by all requests.
pub struct App {
    pub config: Config,
    pub postgres: db::Postgres,
    pub schema: Schema,
    /// None where nobody can log in.
    pub tokens: Option<Tokens>,
}
