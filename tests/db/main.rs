//! What lies below the API: migrations, and the server that Linli runs by itself.

mod embedded;
mod migrations;
