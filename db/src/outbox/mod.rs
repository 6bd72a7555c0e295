//! The outbox as workers see it, who do what follows from the events in it: `parking` has those that nobody could handle.
//!
//! Events are taken in a transaction that lasts until they have been handled, so that a worker that dies gives back what it took.
//! Whatever was done by then is done again: the handling of an event must do no more the second time.

mod parking;
mod wakeups;

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::schema::events;
use crate::transaction::all_or_nothing;
use crate::{Conn, Error, Event, EventId, Result};

pub use parking::{Backlog, Choice, Parked};
pub use wakeups::Wakeups;

/// What happened, as it was recorded.
#[derive(Clone, Debug, PartialEq, HasQuery)]
#[diesel(table_name = events)]
pub struct Recorded {
    pub id: EventId,
    subject_id: Uuid,
    kind: String,
    payload: serde_json::Value,
    /// What it was recorded in the course of.
    pub trace_context: Option<String>,
    attempts: i16,
}

/// What became of an event.
#[derive(Debug)]
pub enum Outcome {
    Done,
    /// To be tried again later, and given up some time.
    Failed(String),
    /// To be tried again later, however often: what it takes is not there at the moment.
    Waiting(String),
}

/// Most events taken at a time: as many subjects, and as many events of these.
const BATCH: i64 = 100;
const MOST: i64 = 1_000;

/// After how many failures an event is given up: in about five minutes.
const ATTEMPTS: i16 = 10;

/// Takes events that are due, has `work` done on them, and keeps what became of them. Tells how many were taken.
///
/// `work` gets those of one subject together, in the order in which they happened; what it says nothing of is handed back.
pub async fn work_off(
    conn: &mut Conn,
    work: impl AsyncFnOnce(Vec<Vec<Recorded>>) -> Vec<(Recorded, Outcome)>,
) -> Result<usize> {
    all_or_nothing(conn, async |conn| {
        let runs = take(conn).await?;
        let taken = runs.iter().map(Vec::len).sum();
        if taken > 0 {
            settle(conn, work(runs).await).await?;
        }
        Ok(taken)
    })
    .await
}

/// Locks events that nobody else has. Of each subject, the oldest is among them; who has that one has the subject.
async fn take(conn: &mut Conn) -> Result<Vec<Vec<Recorded>>> {
    let of_subject = diesel::alias!(events as of_subject);
    // Not `not exists (an older one)`, of which PostgreSQL makes a join that compares all events of a subject with each other.
    let oldest = of_subject
        .filter(of_subject.field(events::subject_id).eq(events::subject_id))
        .filter(of_subject.field(events::parked_at).is_null())
        .order(of_subject.field(events::id))
        .limit(1)
        .select(of_subject.field(events::id))
        .single_value();
    let subjects: Vec<Uuid> = events::table
        .filter(events::due_at.le(Utc::now()))
        .filter(events::parked_at.is_null())
        .filter(events::id.nullable().eq(oldest))
        .order((events::due_at, events::id))
        .limit(BATCH)
        .select(events::subject_id)
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let mut taken: Vec<Recorded> = Recorded::query()
        .filter(events::subject_id.eq_any(&subjects))
        .filter(events::parked_at.is_null())
        .order(events::id)
        .limit(MOST)
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    taken.sort_by_key(|event| (event.subject_id, event.id));
    Ok(taken.chunk_by(|one, next| one.subject_id == next.subject_id).map(<[_]>::to_vec).collect())
}

async fn settle(conn: &mut Conn, handled: Vec<(Recorded, Outcome)>) -> Result<()> {
    let (done, unsettled): (Vec<_>, Vec<_>) =
        handled.into_iter().partition(|(_, outcome)| matches!(outcome, Outcome::Done));
    let done: Vec<EventId> = done.into_iter().map(|(event, _)| event.id).collect();
    diesel::delete(events::table.filter(events::id.eq_any(done))).execute(conn).await?;
    for (event, outcome) in unsettled {
        let now = Utc::now();
        let (reason, attempts, pause) = match outcome {
            Outcome::Done => continue,
            Outcome::Failed(reason) => {
                let attempts = event.attempts.saturating_add(1);
                (reason, attempts, pause(attempts))
            }
            Outcome::Waiting(reason) => (reason, event.attempts, patience(event.time(), now)),
        };
        diesel::update(events::table.find(event.id))
            .set((
                events::attempts.eq(attempts),
                events::due_at.eq(now + pause),
                events::parked_at.eq((attempts >= ATTEMPTS).then_some(now)),
                events::last_error.eq(reason),
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// How long to wait after so many failures: a second, and twice as long each time, up to a minute.
fn pause(attempts: i16) -> Duration {
    const LONGEST: u32 = 6;
    let doublings = u32::from(attempts.unsigned_abs()).saturating_sub(1).min(LONGEST);
    Duration::seconds(1 << doublings).min(Duration::minutes(1))
}

/// How long to wait for what is not there: half as long again as it has been waited, and up to a minute.
fn patience(recorded: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Duration {
    let waited = recorded.map_or(Duration::zero(), |recorded| now - recorded);
    (waited / 2).clamp(Duration::seconds(1), Duration::minutes(1))
}

impl Recorded {
    /// What happened; an error if only a newer release than this one knows.
    pub fn event(&self) -> Result<Event, String> {
        let written = serde_json::json!({ "kind": self.kind, "payload": self.payload });
        serde_json::from_value(written).map_err(|error| format!("a `{}` that can't be read: {error}", self.kind))
    }

    /// Whether both have the same consequences: what follows from likes is what is true by then.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let is_about_likes = matches!(self.kind.as_str(), "liked" | "unliked");
        is_about_likes && self.kind == other.kind && self.subject_id == other.subject_id
    }

    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// When it was recorded.
    pub fn time(&self) -> Option<DateTime<Utc>> {
        self.id.time()
    }
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(_) | Error::Deadlock => Self::Waiting(error.to_string()),
            error => Self::Failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_looks_less_and_less_often() {
        let now = Utc::now();
        let pauses = [0, 1, 10, 100, 1000].map(|seconds| patience(Some(now - Duration::seconds(seconds)), now));
        assert_eq!(pauses.map(|pause| pause.num_seconds()), [1, 1, 5, 50, 60]);
        assert_eq!(patience(None, now), Duration::seconds(1));
    }

    #[test]
    fn pauses_grow_up_to_a_minute() {
        let pauses: Vec<_> = (0..=ATTEMPTS).map(|attempts| pause(attempts).num_seconds()).collect();
        assert_eq!(pauses, [1, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    }
}
