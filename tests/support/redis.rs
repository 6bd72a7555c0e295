use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::setup::database;
use crate::until;

/// A Redis of its own for a test, which ends with it.
pub struct Redis {
    pub port: u16,
    options: Vec<String>,
    folder: TempDir,
    process: Child,
}

/// Longer than what a machine that has other things to do makes us wait, and short enough to run out several times in a test.
const TIMEOUT_MS: u32 = 250;

impl Redis {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// One with options, as on its command line.
    pub async fn start_with(options: &[&str]) -> Self {
        Self::start_at(free_port(), options).await
    }

    pub async fn start_at(port: u16, options: &[&str]) -> Self {
        let mut all = vec!["--save", ""];
        all.extend(options);
        Self::run(port, TempDir::new().expect("a folder"), &all).await
    }

    /// A sentinel that is configured by this text.
    pub async fn sentinel(configuration: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("sentinel.conf");
        fs::write(&file, configuration).expect("a configuration");
        let file = file.to_str().expect("a path in UTF-8").to_owned();
        Self::run(free_port(), folder, &[&file, "--sentinel"]).await
    }

    async fn run(port: u16, folder: TempDir, options: &[&str]) -> Self {
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        let process = spawn(port, &options, &folder);
        let redis = Self { port, options, folder, process };
        redis.until_it_answers().await;
        redis
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A memory over it that nothing else shares.
    pub async fn memory(&self) -> db::Memory {
        memory(&self.url(), &a_prefix()).await
    }

    /// What `redis-cli` prints.
    pub fn ask(&self, command: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(command).output();
        String::from_utf8(output.expect("redis-cli runs").stdout).expect("text").trim().to_owned()
    }

    pub fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
    }

    /// Starts it again after it was killed, with nothing in it.
    pub async fn start_again(&mut self) {
        self.process = spawn(self.port, &self.options, &self.folder);
        self.until_it_answers().await;
    }

    /// Connections stay, and nothing is answered.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.process.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal is sent");
    }

    async fn until_it_answers(&self) {
        until("Redis answers", async || {
            let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
            socket.write_all(b"PING\r\n").await.ok()?;
            let mut answer = [0; 5];
            socket.read_exact(&mut answer).await.ok()?;
            // Or it wants a password first.
            matches!(&answer, b"+PONG" | b"-NOAU").then_some(())
        })
        .await;
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A memory over the Redis at an address, which shares what it knows with those of the same prefix.
pub async fn memory(url: &str, prefix: &str) -> db::Memory {
    db::Memory::connect(&remembering(url, prefix)).await.expect("a memory")
}

pub fn a_prefix() -> String {
    format!("test:{}", Uuid::now_v7().simple())
}

/// A port below those that the system hands out, so that it is still free when whoever listened there starts again.
pub fn free_port() -> u16 {
    let mut candidates = std::iter::repeat_with(|| 10_000 + (Uuid::new_v4().as_u128() % 20_000) as u16);
    candidates.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("one of many")
}

pub fn remembering(url: &str, prefix: &str) -> db::Config {
    db::Config {
        redis_url: Some(url.parse().expect("an address")),
        redis_prefix: prefix.to_owned(),
        redis_timeout_ms: TIMEOUT_MS,
        ..database()
    }
}

fn spawn(port: u16, options: &[String], folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(options)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--dir"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server runs: `./dev test` installs it")
}
