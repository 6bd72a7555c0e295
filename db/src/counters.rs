//! Counters are kept by the transactions that change what they count; after a bulk load they are counted anew.

use diesel::sql_query;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use crate::changed::{Changed, Kind, REVIEWS, SHOPS, USERS};
use crate::transaction::unhurried;
use crate::{Conn, Event, Result};

/// Each table is written once: to update a row is to write it anew, and its index entries.
const COUNTERS: [(Kind, &str); 3] = [
    (USERS, include_str!("recount/users.sql")),
    (REVIEWS, include_str!("recount/reviews.sql")),
    (None, include_str!("recount/comments.sql")),
];

/// Sets every counter to what it counts, and every shop's score to what the ratings make it.
pub async fn recount(conn: &mut Conn) -> Result<()> {
    unhurried(conn, async |conn| {
        conn.batch_execute(include_str!("recount/analyze.sql")).await?;
        let mut changed = Vec::new();
        for (kind, statement) in COUNTERS {
            changed.extend(Changed::rows(kind, sql_query(statement).load(conn).await?));
        }
        conn.batch_execute(include_str!("recount/rating_prior.sql")).await?;
        let shops = sql_query(include_str!("recount/shops.sql")).load(conn).await?;
        changed.extend(Changed::rows(SHOPS, shops));
        Event::record_changes(conn, &changed).await
    })
    .await
}
