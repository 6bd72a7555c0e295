//! What a database must have for linli to run on it.

use diesel::sql_types::{Bool, Integer, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

use crate::config::DatabaseUrl;
use crate::migrations::connect;
use crate::{Pending, Result, pending};

/// What was found in a database.
#[derive(Clone, Debug)]
pub struct Examination {
    pub server: Server,
    pub missing_extensions: Vec<String>,
    pub pending_migrations: Pending,
}

#[derive(Clone, Debug, QueryableByName)]
pub struct Server {
    /// Such as `15.4`.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// Such as `15`.
    #[diesel(sql_type = Integer)]
    pub major: i32,
    /// Whether Chinese characters count as letters, without which `pg_trgm` does not find them.
    #[diesel(sql_type = Bool)]
    pub knows_all_scripts: bool,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The oldest release that is tested.
pub const OLDEST_MAJOR: i32 = 15;

impl Examination {
    pub async fn of(url: &DatabaseUrl) -> Result<Self> {
        let mut conn = connect(url).await?;
        let server = sql_query(
            "select current_setting('server_version') as version,
                    current_setting('server_version_num')::integer / 10000 as major,
                    '火' ~ '[[:alpha:]]' as knows_all_scripts",
        )
        .get_result(&mut conn)
        .await?;
        let missing: Vec<Name> = sql_query(
            "select name from unnest(array['pg_trgm', 'cube']) as name
             where name not in (select name from pg_available_extensions)",
        )
        .load(&mut conn)
        .await?;
        Ok(Self {
            server,
            missing_extensions: missing.into_iter().map(|extension| extension.name).collect(),
            pending_migrations: pending(url).await?,
        })
    }
}
