//! The binary, run as a process.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use api::tokens::Tokens;
use serde_json::Value;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(90);

/// The binary that was built beside whoever asks: in the same folder, or above that of the tests.
pub fn binary() -> PathBuf {
    let asks = std::env::current_exe().expect("the path of the tests");
    let mut built = asks.ancestors().skip(1).take(2).map(|folder| folder.join("linli"));
    built.find(|binary| binary.is_file()).unwrap_or_else(|| {
        panic!("linli is not built beside {}: run the tests by `./dev test`, or `cargo build` first", asks.display())
    })
}

/// The program, told nothing by the environment of the tests.
pub fn linli(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .env_remove("DATABASE_URL")
        .env_remove("REDIS_URL")
        .env("LINLI_LOG_FORMAT", "json")
        .stdin(Stdio::null());
    command
}

pub fn run(mut command: Command) -> Output {
    command.output().expect("the program runs")
}

/// What the program prints, working on the private server of a folder.
pub fn linli_in(folder: &Path, arguments: &[&str]) -> String {
    let mut command = linli(&["--data-dir"]);
    command.arg(folder).args(arguments);
    let output = run(command);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A server of its own, killed with the test.
pub struct Server {
    pub process: Child,
    pub address: String,
    said: Arc<Mutex<Vec<String>>>,
    /// How many lines it said before it listened.
    preface: usize,
}

impl Server {
    /// Starts a server and waits until it listens.
    pub fn start(command: Command) -> Self {
        Self::heard(command, Stdio::inherit())
    }

    /// One whose standard error goes elsewhere.
    pub fn heard(mut command: Command, stderr: Stdio) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(stderr).spawn().expect("the program runs");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let mut preface = Vec::new();
        let address = loop {
            let Some(line) = lines.next() else { panic!("it ended before it listened:\n{}", preface.join("\n")) };
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            preface.push(line);
            if entry["message"] == "serving" {
                break entry["address"].as_str().expect("an address").to_owned();
            }
        };
        let (length, said) = (preface.len(), Arc::new(Mutex::new(preface)));
        let keeper = said.clone();
        // Somebody must read on, or else it would wait for the pipe one day.
        std::thread::spawn(move || lines.for_each(|line| keeper.lock().expect("no panic").push(line)));
        Self { process, address, said, preface: length }
    }

    /// Over a private database in a folder.
    pub fn private(folder: &Path, options: &[&str]) -> Self {
        let mut command = linli(&["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
        command.arg(folder).args(options);
        Self::start(command)
    }

    /// Over a given database, with a signing key of its own.
    pub fn on(url: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let key = folder.path().join("key.pem");
        Tokens::read_or_create(&key, &[]).expect("a key");
        Self::with_key(url, &key, &[])
    }

    /// Over a given database, with a given signing key.
    pub fn with_key(url: &str, key: &Path, options: &[&str]) -> Self {
        let mut command = linli(&["serve", "--listen", "127.0.0.1:0", "--signing-key"]);
        command.arg(key).args(options).env("DATABASE_URL", url);
        Self::start(command)
    }

    /// The lines of the log since it listens.
    pub fn log(&self) -> Vec<Value> {
        let said = self.said.lock().expect("no panic");
        said.iter().skip(self.preface).map(|line| serde_json::from_str(line).unwrap_or_default()).collect()
    }

    /// All that it said on standard output.
    pub fn said(&self) -> String {
        self.said.lock().expect("no panic").join("\n")
    }

    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.process.id().to_string()).status();
        assert!(sent.expect("kill").success());
    }

    /// How it ended, which it must do within our patience.
    pub fn ended(&mut self) -> std::process::ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().expect("a status") {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.signal("TERM");
            self.ended();
        }
    }
}
