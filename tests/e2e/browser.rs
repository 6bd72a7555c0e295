//! What JavaScript says of us: an audit of the protocol, and a browser.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{Server, linli_in};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/e2e");

struct World {
    server: Server,
    folder: TempDir,
}

fn server() -> World {
    let folder = TempDir::new().expect("a folder");
    World { server: Server::private(folder.path(), &[]), folder }
}

fn passes(script: &str, address: &str, token: &str) {
    assert!(
        Path::new(SCRIPTS).join("node_modules").exists(),
        "run the tests by `./dev test`, or `npm ci` in tests/e2e first"
    );
    let output = Command::new("node")
        .arg(script)
        .arg(address)
        .env("TOKEN", token)
        .current_dir(SCRIPTS)
        .output()
        .expect("Node.js runs");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn the_endpoint_passes_the_audit_of_graphql_over_http() {
    let world = server();
    passes("graphql-http.audit.mjs", &format!("{}/graphql", world.server.address), "");
}

#[test]
fn graphiql_runs_a_query_in_a_browser() {
    let world = server();
    passes("graphiql.browser.mjs", &world.server.address, &token_for_someone(&world));
}

/// As a developer gets it, while the server runs.
fn token_for_someone(world: &World) -> String {
    let sql = "select handle from users order by handle limit 1";
    let handle =
        linli_in(world.folder.path(), &["postgres", "--", "sh", "-c", &format!("psql $DATABASE_URL -Atc '{sql}'")]);
    linli_in(world.folder.path(), &["token", handle.trim()]).trim().to_owned()
}
