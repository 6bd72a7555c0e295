//! Counters are kept by the transactions that change what they count; after a bulk load they are counted anew.

use diesel_async::SimpleAsyncConnection;

use crate::transaction::unhurried;
use crate::{Conn, Result};

/// Sets every counter to what it counts, and every shop's score to what the ratings make it.
pub async fn recount(conn: &mut Conn) -> Result<()> {
    unhurried(conn, async |conn| Ok(conn.batch_execute(include_str!("recount.sql")).await?)).await
}
