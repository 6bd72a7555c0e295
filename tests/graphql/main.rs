//! The API as its clients see it.

mod access;
mod comments;
mod errors;
mod feeds;
mod follows;
mod http;
mod nodes;
mod reviews;
mod schema;
mod search;
mod shops;
mod statements;
