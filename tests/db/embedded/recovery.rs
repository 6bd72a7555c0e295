//! What went wrong before, or goes wrong under way, is mended.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use db::embedded::Embedded;

use super::stage::*;

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
