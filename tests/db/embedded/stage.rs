//! What the tests are played on: folders, servers, and somebody to be killed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use db::embedded::{Embedded, EmbeddedError, Options};
use tempfile::TempDir;
pub(super) use tests::until;
use tokio_postgres::{Client, NoTls};

/// Not a claim but an actor: the process that holds a server, in the tests that kill it.
#[tokio::test]
async fn holder() {
    let Some(folder) = std::env::var_os("LINLI_TEST_HOLDS") else { return };
    let _embedded = start(Path::new(&folder)).await;
    std::future::pending().await
}

pub(super) struct Holder {
    pub(super) process: Child,
    folder: PathBuf,
    pub(super) url: String,
}

impl Holder {
    pub(super) async fn of(folder: &Path) -> Self {
        // Its name begins with the module, once this file is one of several.
        let module = module_path!().split_once("::").map(|(_, module)| format!("{module}::"));
        let process = Command::new(std::env::current_exe().expect("we are a program"))
            .args([format!("{}holder", module.unwrap_or_default()).as_str(), "--exact"])
            .env("LINLI_TEST_HOLDS", folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("a second process");
        let url = until("the holder has started", async || {
            let note = fs::read_to_string(folder.join("holder")).ok()?;
            note.lines().nth(1).map(str::to_owned)
        })
        .await;
        Self { process, folder: folder.to_owned(), url }
    }

    pub(super) fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
    }
}

/// A test ends with its server, whichever way it ends.
impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let orphan = postmaster(&self.folder);
        if !orphan.is_empty() {
            kill(&orphan);
        }
    }
}

/// Open to all users above the data, as `/srv` would be.
pub(super) fn folder() -> TempDir {
    let open = Permissions::from_mode(0o755);
    tempfile::Builder::new().prefix("linli-test-").permissions(open).tempdir_in("/tmp").expect("a folder")
}

pub(super) fn options(folder: &Path) -> Options {
    Options { data_dir: folder.to_owned(), bin_dir: None }
}

pub(super) async fn start(folder: &Path) -> Embedded {
    Embedded::start(&options(folder)).await.expect("it starts")
}

pub(super) async fn start_with(folder: &Path, binaries: &Path) -> EmbeddedError {
    let options = Options { data_dir: folder.to_owned(), bin_dir: Some(binaries.to_owned()) };
    Embedded::start(&options).await.expect_err("it does not start")
}

pub(super) async fn join(folder: &Path) -> Embedded {
    Embedded::start_or_join(&options(folder)).await.expect("it starts, or is there")
}

/// Programs that can tell their version, and no more.
pub(super) fn binaries(version: &str) -> TempDir {
    let folder = folder();
    for program in ["initdb", "postgres"] {
        let path = folder.path().join(program);
        let script = format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n");
        fs::write(&path, script).expect("written");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("executable");
    }
    folder
}

pub(super) async fn connect(url: &str) -> Client {
    try_connect(url).await.expect("it accepts connections")
}

pub(super) async fn try_connect(url: &str) -> Option<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.ok()?;
    tokio::spawn(connection);
    Some(client)
}

pub(super) async fn ask(client: &Client, question: &str) -> String {
    client.query_one(question, &[]).await.expect("an answer").get(0)
}

pub(super) async fn remember(client: &Client, what: &str) {
    let statement = format!("create table memory as select '{what}'::text as what");
    client.batch_execute(&statement).await.expect("remembered");
}

pub(super) async fn recall(client: &Client) -> String {
    ask(client, "select what from memory").await
}

pub(super) fn postmaster(folder: &Path) -> String {
    let file = fs::read_to_string(folder.join("postgres/postmaster.pid")).unwrap_or_default();
    file.lines().next().unwrap_or_default().to_owned()
}

pub(super) fn half_made(folder: &Path) -> Option<()> {
    let mut entries = fs::read_dir(folder).ok()?.flatten();
    entries.find(|entry| entry.path().join("PG_VERSION").exists() && entry.file_name() != "postgres")?;
    Some(())
}

pub(super) fn kill(pid: &str) {
    // It may have ended meanwhile: what counts is what the test finds afterwards.
    let _ = Command::new("/bin/sh").args(["-c", "kill -9 \"$1\"", "sh", pid]).status();
}
