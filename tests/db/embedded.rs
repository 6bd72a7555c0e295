//! The server that Linli runs when there is no `DATABASE_URL`.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use db::embedded::{Embedded, EmbeddedError, Options};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_first_start_makes_a_database_of_our_own() {
    let folder = folder();
    let embedded = start(folder.path()).await;
    let client = connect(embedded.url()).await;

    for (question, answer) in [
        ("select current_database()", "linli"),
        ("select current_user", "linli"),
        ("show server_encoding", "UTF8"),
        ("show data_checksums", "on"),
        ("show synchronous_commit", "on"),
        ("show jit", "off"),
        ("show listen_addresses", ""),
    ] {
        assert_eq!(ask(&client, question).await, answer, "{question}");
    }
    embedded.stop().await;
}

#[tokio::test]
async fn letters_of_every_script_are_letters() {
    let folder = folder();
    let embedded = start(folder.path()).await;
    let client = connect(embedded.url()).await;

    for letter in ["a", "é", "面", "ж", "ع"] {
        let question = format!("select ('{letter}' ~ '^[[:alpha:]]$')::text");
        assert_eq!(ask(&client, &question).await, "true", "{letter}");
    }
    embedded.stop().await;
}

#[tokio::test]
async fn only_the_server_and_its_owner_reach_socket_and_data() {
    let folder = folder();
    let embedded = start(folder.path()).await;

    for private in ["postgres", "run"] {
        let found = fs::metadata(folder.path().join(private)).expect("it is there");
        assert_eq!(found.mode() & 0o777, 0o700, "{private}");
        assert_ne!(found.uid(), 0, "{private} belongs to an unprivileged user");
    }
    let log = fs::metadata(folder.path().join("postgres.log")).expect("there is a log");
    assert_eq!(log.mode() & 0o777, 0o600);
    embedded.stop().await;
}

#[tokio::test]
async fn data_outlives_a_restart() {
    let folder = folder();
    let embedded = start(folder.path()).await;
    remember(&connect(embedded.url()).await, "soup").await;
    embedded.stop().await;
    assert!(!folder.path().join("postgres/postmaster.pid").exists(), "the server has stopped");

    let embedded = start(folder.path()).await;
    assert_eq!(recall(&connect(embedded.url()).await).await, "soup");
    embedded.stop().await;
}

#[tokio::test]
async fn a_server_dropped_is_stopped() {
    let folder = folder();
    let embedded = start(folder.path()).await;
    let pid = postmaster(folder.path());
    drop(embedded);

    // Not refused, for it waits until the other has let go.
    let embedded = join(folder.path()).await;
    assert_ne!(postmaster(folder.path()), pid);
    connect(embedded.url()).await;
    embedded.stop().await;
}

#[tokio::test]
async fn a_second_start_is_refused_and_told_by_whom() {
    let folder = folder();
    let holder = Holder::of(folder.path()).await;

    let refused = Embedded::start(&options(folder.path())).await.expect_err("it is in use");

    let pid = i32::try_from(holder.process.id()).expect("a pid");
    assert!(matches!(refused, EmbeddedError::Held { pid: by, .. } if by == pid), "{refused}");
    assert!(refused.to_string().contains("DATABASE_URL"), "{refused}");
}

#[tokio::test]
async fn a_second_process_joins_and_stops_nothing() {
    let folder = folder();
    let holder = Holder::of(folder.path()).await;

    let joined = join(folder.path()).await;
    assert_eq!(joined.url(), holder.url);
    remember(&connect(joined.url()).await, "soup").await;
    joined.stop().await;

    assert_eq!(recall(&connect(&holder.url).await).await, "soup");
}

#[tokio::test]
async fn many_who_come_at_once_share_one_server() {
    let folder = folder();
    let (a, b, c) = tokio::join!(join(folder.path()), join(folder.path()), join(folder.path()));

    assert_eq!(a.url(), b.url());
    assert_eq!(b.url(), c.url());
    for each in [a, b, c] {
        each.stop().await;
    }
    start(folder.path()).await.stop().await;
}

#[tokio::test]
async fn a_server_that_outlived_its_process_is_replaced() {
    let folder = folder();
    let mut holder = Holder::of(folder.path()).await;
    let client = connect(&holder.url).await;
    remember(&client, "soup").await;
    let orphan = postmaster(folder.path());
    holder.kill();

    let embedded = start(folder.path()).await;

    assert_ne!(postmaster(folder.path()), orphan);
    assert_eq!(recall(&connect(embedded.url()).await).await, "soup");
    embedded.stop().await;
    assert!(!folder.path().join("postgres/postmaster.pid").exists());
}

#[tokio::test]
async fn a_server_killed_is_recovered_at_the_next_start() {
    let folder = folder();
    let mut holder = Holder::of(folder.path()).await;
    remember(&connect(&holder.url).await, "soup").await;
    let server = postmaster(folder.path());
    holder.kill();
    kill(&server);

    let embedded = start(folder.path()).await;

    assert_eq!(recall(&connect(embedded.url()).await).await, "soup");
    embedded.stop().await;
}

#[tokio::test]
async fn a_server_killed_under_us_is_restarted() {
    let folder = folder();
    let embedded = start(folder.path()).await;
    remember(&connect(embedded.url()).await, "soup").await;

    for _ in 0..2 {
        let killed = postmaster(folder.path());
        kill(&killed);
        until("another server answers", async || {
            let client = try_connect(embedded.url()).await?;
            (postmaster(folder.path()) != killed).then_some(())?;
            (recall(&client).await == "soup").then_some(())
        })
        .await;
    }
    embedded.stop().await;
    assert!(!folder.path().join("postgres/postmaster.pid").exists());
}

#[tokio::test]
async fn a_pid_file_that_names_a_stranger_is_no_obstacle() {
    let folder = folder();
    start(folder.path()).await.stop().await;
    let stranger = std::process::id();
    fs::write(folder.path().join("postgres/postmaster.pid"), format!("{stranger}\n")).expect("written");

    let embedded = start(folder.path()).await;

    connect(embedded.url()).await;
    embedded.stop().await;
}

#[tokio::test]
async fn a_first_start_interrupted_is_no_obstacle() {
    let folder = folder();
    let options = options(folder.path());
    tokio::select! {
        started = Embedded::start(&options) => panic!("it was too quick: {started:?}"),
        () = until("half of the data is made", async || half_made(folder.path())) => {}
    }
    assert!(!folder.path().join("postgres").exists());

    let embedded = start(folder.path()).await;

    connect(embedded.url()).await;
    assert!(half_made(folder.path()).is_none(), "what was left is swept away");
    embedded.stop().await;
}

#[tokio::test]
async fn a_path_too_long_or_too_odd_for_a_socket_will_do() {
    let folder = folder();
    let odd = folder.path().join("à, b").join("x".repeat(100));
    let embedded = start(&odd).await;

    let client = connect(embedded.url()).await;
    let sockets = ask(&client, "show unix_socket_directories").await;
    embedded.stop().await;
    fs::remove_dir(&sockets).expect("a folder of sockets, empty when they are closed");
}

/// As root, that is; other users reach what they ask for.
#[tokio::test]
async fn a_folder_that_the_server_cannot_reach_is_replaced() {
    let folder = folder();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).expect("created");
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).expect("closed");
    let root = fs::metadata(&closed).expect("it is there").uid() == 0;
    let asked = closed.join("linli");

    let embedded = start(&asked).await;
    let client = connect(embedded.url()).await;
    let data = PathBuf::from(ask(&client, "show data_directory").await);
    remember(&client, "soup").await;
    embedded.stop().await;
    let embedded = start(&asked).await;
    assert_eq!(recall(&connect(embedded.url()).await).await, "soup");
    embedded.stop().await;

    assert_eq!(data.starts_with("/var/lib/linli"), root, "{}", data.display());
    fs::remove_dir_all(data.parent().expect("the folder of all")).expect("removed");
}

#[tokio::test]
async fn a_folder_without_binaries_is_named() {
    let folder = folder();
    let error = start_with(folder.path(), Path::new("/nowhere")).await;
    assert!(matches!(&error, EmbeddedError::NoBinaries { dir } if dir == "/nowhere"), "{error}");
}

#[tokio::test]
async fn an_old_version_is_refused() {
    let (folder, old) = (folder(), binaries("14.11"));
    let error = start_with(folder.path(), old.path()).await;
    assert!(matches!(error, EmbeddedError::TooOld { major: 14, .. }), "{error}");
}

#[tokio::test]
async fn data_of_another_version_is_not_touched() {
    let (folder, other) = (folder(), binaries("99beta1"));
    start(folder.path()).await.stop().await;

    let error = start_with(folder.path(), other.path()).await;

    assert!(matches!(error, EmbeddedError::WrongVersion { .. }), "{error}");
    assert!(error.to_string().contains("99 (in /"), "{error}");
    start(folder.path()).await.stop().await;
}

#[tokio::test]
async fn a_start_that_fails_shows_the_log() {
    let folder = folder();
    start(folder.path()).await.stop().await;
    fs::write(folder.path().join("postgres/postgresql.auto.conf"), "shared_buffers = soup\n").expect("written");

    let error = Embedded::start(&options(folder.path())).await.expect_err("no such size");

    assert!(error.to_string().contains("invalid value for parameter"), "{error}");
}

/// Not a claim but an actor: the process that holds a server, in the tests that kill it.
#[tokio::test]
async fn holder() {
    let Some(folder) = std::env::var_os("LINLI_TEST_HOLDS") else { return };
    let _embedded = start(Path::new(&folder)).await;
    std::future::pending().await
}

struct Holder {
    process: Child,
    folder: PathBuf,
    url: String,
}

impl Holder {
    async fn of(folder: &Path) -> Self {
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

    fn kill(&mut self) {
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

/// Open to all users above the data, as `/srv` or `/work` would be.
fn folder() -> TempDir {
    let open = Permissions::from_mode(0o755);
    tempfile::Builder::new().prefix("linli-test-").permissions(open).tempdir_in("/tmp").expect("a folder")
}

fn options(folder: &Path) -> Options {
    Options { data_dir: folder.to_owned(), bin_dir: None }
}

async fn start(folder: &Path) -> Embedded {
    Embedded::start(&options(folder)).await.expect("it starts")
}

async fn start_with(folder: &Path, binaries: &Path) -> EmbeddedError {
    let options = Options { data_dir: folder.to_owned(), bin_dir: Some(binaries.to_owned()) };
    Embedded::start(&options).await.expect_err("it does not start")
}

async fn join(folder: &Path) -> Embedded {
    Embedded::start_or_join(&options(folder)).await.expect("it starts, or is there")
}

/// Programs that can tell their version, and no more.
fn binaries(version: &str) -> TempDir {
    let folder = folder();
    for program in ["initdb", "postgres"] {
        let path = folder.path().join(program);
        let script = format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n");
        fs::write(&path, script).expect("written");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("executable");
    }
    folder
}

async fn connect(url: &str) -> Client {
    try_connect(url).await.expect("it accepts connections")
}

async fn try_connect(url: &str) -> Option<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.ok()?;
    tokio::spawn(connection);
    Some(client)
}

async fn ask(client: &Client, question: &str) -> String {
    client.query_one(question, &[]).await.expect("an answer").get(0)
}

async fn remember(client: &Client, what: &str) {
    let statement = format!("create table memory as select '{what}'::text as what");
    client.batch_execute(&statement).await.expect("remembered");
}

async fn recall(client: &Client) -> String {
    ask(client, "select what from memory").await
}

fn postmaster(folder: &Path) -> String {
    let file = fs::read_to_string(folder.join("postgres/postmaster.pid")).unwrap_or_default();
    file.lines().next().unwrap_or_default().to_owned()
}

fn half_made(folder: &Path) -> Option<()> {
    let mut entries = fs::read_dir(folder).ok()?.flatten();
    entries.find(|entry| entry.path().join("PG_VERSION").exists() && entry.file_name() != "postgres")?;
    Some(())
}

fn kill(pid: &str) {
    // It may have ended meanwhile: what counts is what the test finds afterwards.
    let _ = Command::new("/bin/sh").args(["-c", "kill -9 \"$1\"", "sh", pid]).status();
}

async fn until<T>(what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(done) = attempt().await {
            return done;
        }
        assert!(Instant::now() < deadline, "in time, {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
