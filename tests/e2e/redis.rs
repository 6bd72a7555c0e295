use std::process::Command;

use tempfile::TempDir;
use tests::{Redis, free_port, schema_of_its_own, until};

use crate::program::{Server, linli, run, stderr, stdout};

#[tokio::test]
async fn the_server_starts_and_is_ready_without_its_redis_and_finds_it_later() {
    let folder = TempDir::new().expect("a folder");
    let key = folder.path().join("key.pem");
    api::tokens::Tokens::read_or_create(&key, &[]).expect("a key");
    let port = free_port();
    let mut command = linli(&["serve", "--listen", "127.0.0.1:0", "--redis-timeout-ms", "250", "--signing-key"]);
    command.arg(&key).env("DATABASE_URL", schema_of_its_own().await);
    command.env("REDIS_URL", format!("redis://127.0.0.1:{port}"));
    let server = Server::start(command);

    let ready = reqwest::get(format!("{}/health/ready", server.address)).await.expect("an answer");
    assert!(ready.status().is_success());
    let mut redis = Redis::start_at(port, &[]).await;
    let has_said = |text: &str| server.log().iter().any(|line| line["message"] == text);
    until("Redis is found", async || has_said("Redis is there").then_some(())).await;
    redis.kill();
    until("it is missed", async || has_said("Redis is away; going on without it").then_some(())).await;
    let ready = reqwest::get(format!("{}/health/ready", server.address)).await.expect("an answer");
    assert!(ready.status().is_success());
}

#[tokio::test]
async fn the_doctor_knows_redis() {
    let database = schema_of_its_own().await;
    let report = |url: Option<String>| {
        let mut command = linli(&["doctor", "--listen", "127.0.0.1:0"]);
        command.env("DATABASE_URL", &database).envs(url.map(|url| ("REDIS_URL", url)));
        stdout(&run(command))
    };
    let redis = Redis::start().await;
    for (url, expected) in [
        (None, "ok    Redis: none, so this instance must be alone: set REDIS_URL"),
        (Some(redis.url()), "give it a limit (maxmemory)"),
        (Some(redis.url()), "ok    Redis: release "),
        (Some(format!("redis://:hush-hush@127.0.0.1:{}", free_port())), "MEND  Redis: "),
    ] {
        let report = report(url);
        assert!(report.contains(expected) && !report.contains("hush-hush"), "{expected} is not in\n{report}");
    }
}

#[test]
fn a_bad_address_of_redis_is_refused_and_its_password_never_shown() {
    for arguments in [&["serve"][..], &["doctor"], &["migrate"], &["serve", "--help"]] {
        let mut command = linli(arguments);
        command.env("REDIS_URL", "http://ada:hush-hush@localhost");
        let output = run(command);
        let said = stdout(&output) + &stderr(&output);
        assert!(said.contains("REDIS_URL") && !said.contains("hush-hush"), "{arguments:?}: {said}");
        assert_eq!(output.status.success(), arguments.contains(&"--help"), "{arguments:?}");
    }
}

#[tokio::test]
async fn redis_is_reached_by_tls_if_its_certificate_is_good() {
    let folder = TempDir::new().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_str().expect("a path in UTF-8").to_owned();
    let (certificate, key) = (file("certificate.pem"), file("key.pem"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]);
    openssl.args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.args(["-out", &certificate, "-keyout", &key]);
    assert!(run(openssl).status.success());

    let port = free_port().to_string();
    let files = ["--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &certificate];
    let options = [&["--tls-port", &port, "--tls-auth-clients", "no"][..], &files].concat();
    let _redis = Redis::start_with(&options).await;
    let database = schema_of_its_own().await;
    for (trusted, expected) in [(&certificate, "ok    Redis: release"), (&key, "MEND  Redis:")] {
        let mut command = linli(&["doctor", "--listen", "127.0.0.1:0"]);
        command.env("DATABASE_URL", &database).env("SSL_CERT_FILE", trusted);
        command.env("REDIS_URL", format!("rediss://localhost:{port}"));
        let report = stdout(&run(command));
        assert!(report.contains(expected), "{expected} is not in\n{report}");
    }
}
