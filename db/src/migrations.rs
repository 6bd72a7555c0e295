//! Brings a database up to date.

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncMigrationHarness, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::config::DatabaseUrl;
use crate::{Conn, Error, Result, postgres};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// "linli" in ASCII: whoever migrates holds this advisory lock.
const LOCK: i64 = 0x6c_69_6e_6c_69;

/// The names of migrations that are still to be run.
pub type Pending = Vec<String>;

/// Runs what is pending, one process at a time, and tells what was run.
///
/// Takes a connection of its own: the lock lasts as long as that, and migrations may take longer than statements may.
pub async fn migrate(url: &DatabaseUrl) -> Result<Pending> {
    let mut conn = connect(url).await?;
    sql_query("select pg_advisory_lock($1)").bind::<BigInt, _>(LOCK).execute(&mut conn).await?;

    // In a task of its own: it blocks, and would take the wake-ups of whatever else the caller waits for.
    let migrated = tokio::spawn(async move {
        let mut harness = AsyncMigrationHarness::new(conn);
        tokio::task::block_in_place(|| {
            let run = harness.run_pending_migrations(MIGRATIONS).map_err(failed)?;
            Ok(run.iter().map(ToString::to_string).collect())
        })
    });
    migrated.await.map_err(failed)?
}

/// What [`migrate`] would run.
pub async fn pending(url: &DatabaseUrl) -> Result<Pending> {
    #[derive(QueryableByName)]
    struct Known {
        #[diesel(sql_type = Bool)]
        known: bool,
    }

    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = Text)]
        version: String,
    }

    let mut conn = connect(url).await?;
    let known: Known = sql_query("select to_regclass('__diesel_schema_migrations') is not null as known")
        .get_result(&mut conn)
        .await?;
    let run: Vec<Version> = if known.known {
        sql_query("select version from __diesel_schema_migrations").load(&mut conn).await?
    } else {
        Vec::new()
    };
    let all = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(failed)?;
    Ok(all
        .iter()
        .map(|migration| migration.name())
        .filter(|name| !run.iter().any(|run| name.version() == run.version.as_str().into()))
        .map(ToString::to_string)
        .collect())
}

pub(crate) async fn connect(url: &DatabaseUrl) -> Result<Conn> {
    postgres::connect(url.expose()).await.map_err(|error| Error::Unavailable(error.to_string()))
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Migration(error.to_string())
}
