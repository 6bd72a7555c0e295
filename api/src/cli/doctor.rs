//! Looks whether everything is in place. Each finding says what to do.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use db::Examination;
use tokio::net::TcpListener;

use super::healthcheck;
use super::serve::NO_SIGNING_KEY;
use super::storage::{self, Private};
use crate::config::Config;
use crate::tokens::{Tokens, private_key};

/// What was looked at, and what was found: good as it is, or to be mended.
struct Finding {
    what: &'static str,
    result: Result<String, String>,
}

pub(super) async fn run(database: &db::Config, config: &Config) -> anyhow::Result<ExitCode> {
    let mut findings = vec![listen(config).await, signing_key(database, config), mail(database, config)];
    findings.push(redis(database).await);
    findings.extend(postgres(database).await);

    let mut report = String::new();
    for Finding { what, result } in &findings {
        let (mark, text) = match result {
            Ok(text) => ("ok    ", text),
            Err(text) => ("MEND  ", text),
        };
        report += &format!("{mark}{what}: {}\n", text.replace('\n', "\n      "));
    }
    super::print(&report)?;
    let healthy = findings.iter().all(|finding| finding.result.is_ok());
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn listen(config: &Config) -> Finding {
    let address = config.listen;
    let result = match TcpListener::bind(address).await {
        Ok(_) => Ok(format!("{address} is free")),
        Err(_) if healthcheck::check(address).await.is_ok() => Ok(format!("{address} has a server that is ready")),
        Err(error) => Err(format!("{address}: {error}; stop what listens there, or choose another with --listen")),
    };
    Finding { what: "address", result }
}

fn signing_key(database: &db::Config, config: &Config) -> Finding {
    let own = private_key(&database.data_dir);
    let result = match (&config.signing_key, &database.database_url) {
        (Some(file), _) => keys(file, &config.accepted_keys),
        (None, Some(_)) => Err(NO_SIGNING_KEY.into()),
        (None, None) if !own.exists() => Ok("one will be made in the data directory".into()),
        (None, None) => match Tokens::read(&own, &[]) {
            Ok(_) => keys(&own, &config.accepted_keys),
            Err(error) => Err(format!("{error:#}; delete it, and a new one will be made")),
        },
    };
    Finding { what: "signing key", result }
}

fn keys(signing: &Path, accepted: &[PathBuf]) -> Result<String, String> {
    let tokens = Tokens::read(signing, accepted).map_err(|error| format!("{error:#}"))?;
    let mut text = format!("{} is good", signing.display());
    for file in accepted {
        text += &format!("\n{} is accepted", file.display());
    }
    for file in tokens.exposed() {
        text += &format!("\nothers than its owner may read {file}: chmod 600 {file}", file = file.display());
    }
    Ok(text)
}

fn mail(database: &db::Config, config: &Config) -> Finding {
    let is_logged = config.mail.log_mail || database.database_url.is_none();
    let result = match &config.mail.smtp_url {
        Some(_) => "sent by SMTP",
        None if is_logged => "printed on standard error",
        None => "off, and codes by e-mail with it: set LINLI_SMTP_URL to send them",
    };
    Finding { what: "mail", result: Ok(result.into()) }
}

async fn redis(config: &db::Config) -> Finding {
    const ROOM: &str = "give it a limit (maxmemory) and let it make room by itself (maxmemory-policy allkeys-lru)";
    let result = match &config.redis_url {
        None => Ok("none, so this instance must be alone: set REDIS_URL to run several".into()),
        Some(url) => match db::redis::Examination::of(url).await {
            Err(error) => Err(format!("{error}; check REDIS_URL and that the server runs")),
            Ok(found) if !found.is_recent => {
                let oldest = db::redis::OLDEST_MAJOR;
                Err(format!("release {} is too old: {oldest} or later is needed, or Valkey", found.version))
            }
            Ok(found) => {
                let name = if found.is_valkey { "Valkey" } else { "release" };
                let hint = if found.makes_room { String::new() } else { format!("\n{ROOM}") };
                Ok(format!("{name} {}{hint}", found.version))
            }
        },
    };
    Finding { what: "Redis", result }
}

async fn postgres(config: &db::Config) -> Vec<Finding> {
    const WHAT: &str = "PostgreSQL";
    let (url, embedded) = match &config.database_url {
        Some(url) => (url.clone(), None),
        None => match storage::start(config, Private::Shared).await {
            Err(error) => return vec![Finding { what: WHAT, result: Err(format!("{error:#}")) }],
            Ok((url, embedded)) => (url, Some(embedded)),
        },
    };
    let examination = Examination::of(&url).await;
    if let Some(embedded) = embedded {
        embedded.stop().await;
    }
    match examination {
        Ok(examination) => diagnose(&examination),
        Err(error) => {
            vec![Finding { what: WHAT, result: Err(format!("{error}; check DATABASE_URL and that the server runs")) }]
        }
    }
}

fn diagnose(Examination { server, missing_extensions, pending_migrations }: &Examination) -> Vec<Finding> {
    let release = if server.major >= db::OLDEST_MAJOR {
        Ok(format!("release {}", server.version))
    } else {
        Err(format!("release {} is too old: {} or later is needed", server.version, db::OLDEST_MAJOR))
    };
    let extensions = if missing_extensions.is_empty() {
        Ok("pg_trgm and cube are there".into())
    } else {
        let missing = missing_extensions.join(" and ");
        Err(format!("{missing} not installed on the server: add PostgreSQL's contrib package"))
    };
    let scripts = if server.knows_all_scripts {
        Ok("letters of all scripts are letters".into())
    } else {
        Err("Chinese characters are no letters here: create the database with a UTF-8 locale such as C.UTF-8".into())
    };
    let migrations = if pending_migrations.is_empty() {
        Ok("up to date".into())
    } else {
        Ok(format!("to be run at the next start: {}", pending_migrations.join(", ")))
    };
    vec![
        Finding { what: "PostgreSQL", result: release },
        Finding { what: "extensions", result: extensions },
        Finding { what: "search", result: scripts },
        Finding { what: "migrations", result: migrations },
    ]
}
