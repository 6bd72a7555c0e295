//! The server that Linli runs when there is no `DATABASE_URL`.

mod recovery;
mod stage;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use db::embedded::{Embedded, EmbeddedError};

use self::stage::*;

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
