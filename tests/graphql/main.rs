//! The API as its clients see it.

mod access;
mod accounts;
mod authorisation;
mod check_ins;
mod comment_writing;
mod comments;
mod concurrency;
mod errors;
mod feeds;
mod follows;
mod http;
mod moderation;
mod nodes;
mod notifications;
mod outbox;
mod review_writing;
mod reviews;
mod schema;
mod search;
mod shop_input;
mod shop_writing;
mod shops;
mod social_writing;
mod statements;
mod tokens;
mod writing;
