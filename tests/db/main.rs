//! What lies below the API: migrations, the server that Linli runs by itself, and Redis.

mod constraints;
mod embedded;
mod migrations;
mod redis;
mod rows;
