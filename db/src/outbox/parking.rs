//! What waits, and what nobody could handle.

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::schema::events;
use crate::{Conn, EventId, Result};

/// How much there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    pub waiting: i64,
    /// When the oldest of these was due.
    pub since: Option<DateTime<Utc>>,
    pub parked: i64,
}

/// An event that has failed too often.
#[derive(Clone, Debug, PartialEq, HasQuery)]
#[diesel(table_name = events)]
pub struct Parked {
    pub id: EventId,
    pub kind: String,
    pub payload: serde_json::Value,
    pub attempts: i16,
    pub parked_at: Option<DateTime<Utc>>,
    /// Why it failed last.
    pub last_error: Option<String>,
}

/// Which of those that are parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    One(EventId),
    All,
}

impl Backlog {
    pub async fn measure(conn: &mut Conn) -> Result<Self> {
        let waiting = events::table.filter(events::parked_at.is_null()).select((count_star(), min(events::due_at)));
        let (waiting, since) = waiting.first(conn).await?;
        let parked = events::table.filter(events::parked_at.is_not_null()).count().get_result(conn).await?;
        Ok(Self { waiting, since, parked })
    }
}

impl Parked {
    /// Those that were parked last.
    pub async fn newest(conn: &mut Conn, limit: u32) -> Result<Vec<Self>> {
        Ok(Self::query()
            .filter(events::parked_at.is_not_null())
            .order((events::parked_at.desc(), events::id.desc()))
            .limit(limit.into())
            .load(conn)
            .await?)
    }

    /// Has them tried again, as if they had never failed. Tells how many.
    pub async fn retry(conn: &mut Conn, choice: Choice) -> Result<usize> {
        let again =
            (events::parked_at.eq(None::<DateTime<Utc>>), events::attempts.eq(0), events::due_at.eq(Utc::now()));
        let parked = diesel::update(events::table).filter(events::parked_at.is_not_null()).set(again).into_boxed();
        Ok(match choice {
            Choice::One(id) => parked.filter(events::id.eq(id)).execute(conn).await?,
            Choice::All => parked.execute(conn).await?,
        })
    }

    /// Forgets them for good. Tells how many.
    pub async fn delete(conn: &mut Conn, choice: Choice) -> Result<usize> {
        let parked = diesel::delete(events::table).filter(events::parked_at.is_not_null()).into_boxed();
        Ok(match choice {
            Choice::One(id) => parked.filter(events::id.eq(id)).execute(conn).await?,
            Choice::All => parked.execute(conn).await?,
        })
    }
}
