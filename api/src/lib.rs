//! The product over GraphQL and HTTP. Start at [`schema`], then enter a domain.

pub mod app;
pub mod cli;
pub mod config;
pub mod context;
pub mod cursor;
pub mod error;
pub mod global_id;
pub mod graphql_http;
pub mod loaders;
pub mod node;
pub mod osm;
pub mod page;
#[cfg(feature = "graphiql")]
pub mod playground;
pub mod scalars;
pub mod schema;
pub mod seed;
pub mod server;
pub mod token;

pub mod categories;
pub mod comments;
pub mod feeds;
pub mod follows;
pub mod likes;
pub mod reviews;
pub mod shops;
pub mod users;

pub use crate::error::{Error, Result};
