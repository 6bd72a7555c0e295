//! What lies below the API: migrations, and the server that Linli runs by itself.

mod constraints;
mod embedded;
mod migrations;
