//! The product over GraphQL and HTTP. Start at [`schema`], then enter a domain.

// Each domain merged into the schema nests its futures one deeper.
#![recursion_limit = "256"]

pub mod app;
mod caller;
pub mod cli;
pub mod config;
pub mod context;
pub mod cursor;
mod doors;
pub mod error;
pub mod global_id;
mod graphql;
pub mod graphql_http;
mod graphql_sse;
mod graphql_ws;
pub mod input;
pub mod live;
pub mod loaders;
pub mod mail;
pub mod node;
pub mod osm;
pub mod page;
pub mod payload;
#[cfg(feature = "graphiql")]
pub mod playground;
pub mod scalars;
pub mod schema;
pub mod seed;
pub mod server;
mod settled;
pub mod tokens;
pub mod upkeep;
pub mod user_error;
pub mod worker;

pub mod accounts;
pub mod categories;
pub mod check_ins;
pub mod comments;
pub mod feeds;
pub mod follows;
pub mod likes;
pub mod moderation;
pub mod notifications;
pub mod reviews;
pub mod shops;
pub mod users;
pub mod visits;

pub use crate::error::{Error, Result};
