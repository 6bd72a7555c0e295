use diesel::QueryableByName;
use diesel::sql_types::{Jsonb, Uuid};
use diesel_async::RunQueryDsl;

use super::Account;
use crate::{Conn, Result, UserId};

#[derive(QueryableByName)]
struct Export {
    #[diesel(sql_type = Jsonb)]
    data: serde_json::Value,
}

impl Account {
    /// All that is stored about a user, as they may demand by law (GDPR, article 20).
    pub async fn export(conn: &mut Conn, user: UserId) -> Result<serde_json::Value> {
        let query = diesel::sql_query(include_str!("export.sql")).bind::<Uuid, _>(user);
        let export: Export = query.get_result(conn).await?;
        Ok(export.data)
    }
}
