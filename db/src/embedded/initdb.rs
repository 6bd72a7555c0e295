//! Making the data directory: whole, or not at all.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Output, Stdio};

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::binaries::Binaries;
use super::home::Home;
use super::{EmbeddedError, Result};

/// In the first two, the letters of every script are letters (to `pg_trgm`, say); the last exists
/// everywhere.
const LOCALES: [&str; 3] = ["C.UTF-8", "en_US.UTF-8", "C"];

/// Makes the data beside its place and moves it there when all of it is on the disk.
pub(super) async fn make(home: &Home, binaries: &Binaries) -> Result<()> {
    tracing::info!(data = %home.data().display(), "making the data directory of PostgreSQL");
    sweep(&home.dir);
    // Named after us: an orphaned `initdb` may yet be writing to that of one who was killed.
    let new = home.dir.join(format!("postgres.new-{}", std::process::id()));
    home.private(&new)?;

    initdb(home, binaries, &new).await?;
    create_database(home, binaries, &new).await?;

    fs::rename(&new, home.data())
        .and_then(|()| File::open(&home.dir)?.sync_all())
        .map_err(EmbeddedError::io("move into place", &new))
}

async fn initdb(home: &Home, binaries: &Binaries, new: &Path) -> Result<()> {
    let mut output = None;
    for locale in LOCALES {
        let mut command = home.account.command(&binaries.initdb());
        command
            .args(["--encoding=UTF8", "--data-checksums", "--username=linli"])
            .args(["--auth-local=trust", "--auth-host=reject", "--no-instructions"])
            .args([&format!("--locale={locale}"), "--lc-messages=C", "--pgdata"])
            .arg(new);
        let done = run(&mut command, "", &binaries.initdb()).await?;
        if done.status.success() {
            if locale == "C" {
                tracing::warn!("no UTF-8 locale on this machine: search knows ASCII letters only");
            }
            return Ok(());
        }
        let unknown = String::from_utf8_lossy(&done.stderr).contains("invalid locale");
        output = Some(done);
        if !unknown {
            break;
        }
    }
    Err(failure(home, output))
}

/// Without a server, for there shall be none before the data is in its place.
async fn create_database(home: &Home, binaries: &Binaries, new: &Path) -> Result<()> {
    let mut command = home.account.command(&binaries.postgres());
    command.args(["--single", "-c", "exit_on_error=on", "-D"]).arg(new).arg("postgres");
    let done = run(&mut command, "create database linli;\n", &binaries.postgres()).await?;
    match done.status.success() {
        true => Ok(()),
        false => Err(failure(home, Some(done))),
    }
}

async fn run(command: &mut Command, input: &str, program: &Path) -> Result<Output> {
    let run = async {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that died before it read tells why in its output.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    run.await.map_err(EmbeddedError::io("run", program))
}

fn failure(home: &Home, output: Option<Output>) -> EmbeddedError {
    let output = output.map(|output| String::from_utf8_lossy(&output.stderr).trim().to_owned());
    EmbeddedError::Initdb { dir: home.dir.clone(), output: output.unwrap_or_default() }
}

/// Removes what interrupted attempts left. What resists is no obstacle.
fn sweep(home: &Path) {
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(b"postgres.new-") {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
