//! The API as its clients see it.

mod access;
mod accounts;
mod authorisation;
mod check_ins;
mod comments;
mod errors;
mod feeds;
mod follows;
mod http;
mod nodes;
mod reviews;
mod schema;
mod search;
mod shop_input;
mod shop_writing;
mod shops;
mod statements;
mod tokens;
mod writing;
