use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use futures_util::StreamExt;

use crate::{Conn, Postgres, Result};

/// Hears of every transaction that recorded an event.
pub struct Wakeups(Conn);

impl Wakeups {
    pub async fn listen(postgres: &Postgres) -> Result<Self> {
        let mut conn = postgres.connect_apart().await?;
        let schema = diesel::select(diesel::dsl::sql::<Text>("quote_ident(current_schema() || '.events')"));
        let channel: String = schema.get_result(&mut conn).await?;
        diesel::sql_query(format!("listen {channel}")).execute(&mut conn).await?;
        Ok(Self(conn))
    }

    /// Waits for the next one; an error if the connection is lost.
    pub async fn next(&mut self) -> Result<()> {
        let mut stream = std::pin::pin!(self.0.notifications_stream());
        match stream.next().await {
            Some(wakeup) => wakeup.map(drop).map_err(Into::into),
            None => Err(crate::Error::Unavailable("the connection was closed".into())),
        }
    }
}
