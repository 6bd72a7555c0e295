//! Counters are kept by the transactions that change what they count; after a bulk load they are counted anew.

use diesel_async::{AsyncConnection, SimpleAsyncConnection};

use crate::{Conn, Result};

/// Sets every counter to what it counts, and every shop's score to what the ratings make it.
pub async fn recount(conn: &mut Conn) -> Result<()> {
    conn.transaction(async |conn| {
        // The bound on statements is for requests.
        conn.batch_execute("set local statement_timeout = 0").await?;
        conn.batch_execute(include_str!("recount.sql")).await?;
        Ok(())
    })
    .await
}
