//! One-time codes by e-mail. Who has no account has codes all the same, which nobody is told: nothing here depends on it.

use chrono::{DateTime, Duration, SubsecRound, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::schema::login_codes;
use crate::transaction::{transaction, unhurried};
use crate::{Conn, Result};

/// What became of the wish for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeIssue {
    Issued {
        expires_at: DateTime<Utc>,
        resend_after: DateTime<Utc>,
    },
    /// There have been too many of late.
    Throttled {
        until: DateTime<Utc>,
    },
}

const LIFETIME: Duration = Duration::minutes(10);
const ATTEMPTS: i16 = 5;
/// Between one code and the next.
const PAUSE: Duration = Duration::minutes(1);
const DAY: Duration = Duration::days(1);
/// Codes a day: with five attempts each, whoever guesses hits one of a million in 55 years on average.
const PER_DAY: i16 = 10;

#[derive(Insertable, AsChangeset, Queryable, Selectable)]
#[diesel(table_name = login_codes)]
struct LoginCode {
    email: String,
    code_hash: String,
    attempts: i16,
    sent_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    sent_count: i16,
    counting_since: DateTime<Utc>,
}

/// Remembers the hash of a new code for an address instead of the one before, unless there were too many of late.
pub async fn issue(conn: &mut Conn, email: &str, code_hash: &str) -> Result<CodeIssue> {
    transaction(conn, async |conn| {
        // To the microsecond, like what is stored.
        let now = Utc::now().trunc_subsecs(6);
        let mut code = LoginCode {
            email: email.to_owned(),
            code_hash: code_hash.to_owned(),
            attempts: 0,
            sent_at: now,
            expires_at: now + LIFETIME,
            sent_count: 1,
            counting_since: now,
        };
        let new = diesel::insert_into(login_codes::table).values(&code).on_conflict_do_nothing().execute(conn).await?;
        if new == 0 {
            let newest = login_codes::table.find(email).select(LoginCode::as_select()).for_update();
            let newest: LoginCode = newest.get_result(conn).await?;
            let until = newest.throttled_until();
            if now < until {
                return Ok(CodeIssue::Throttled { until });
            }
            if now < newest.counting_since + DAY {
                code.sent_count = newest.sent_count + 1;
                code.counting_since = newest.counting_since;
            }
            diesel::update(login_codes::table.find(email)).set(&code).execute(conn).await?;
        }
        Ok(CodeIssue::Issued { expires_at: code.expires_at, resend_after: code.throttled_until() })
    })
    .await
}

impl LoginCode {
    /// When the next one may follow.
    fn throttled_until(&self) -> DateTime<Utc> {
        let pause = self.sent_at + PAUSE;
        if self.sent_count < PER_DAY { pause } else { pause.max(self.counting_since + DAY) }
    }
}

/// Counts an attempt at the newest code of an address, and returns its hash as long as there are attempts left.
pub async fn count_attempt(conn: &mut Conn, email: &str) -> Result<Option<String>> {
    Ok(diesel::update(login_codes::table.find(email))
        .filter(login_codes::expires_at.gt(Utc::now()))
        .filter(login_codes::attempts.lt(ATTEMPTS))
        .set(login_codes::attempts.eq(login_codes::attempts + 1))
        .returning(login_codes::code_hash)
        .get_result(conn)
        .await
        .optional()?)
}

/// Uses the code up; false if somebody else has. When the next one may follow stays as it is, for addresses without an account are
/// never used either.
pub(crate) async fn consume(conn: &mut Conn, email: &str, code_hash: &str) -> Result<bool> {
    let now = Utc::now();
    let used = diesel::update(login_codes::table.find(email))
        .filter(login_codes::code_hash.eq(code_hash))
        .filter(login_codes::expires_at.gt(now))
        .set(login_codes::expires_at.eq(now))
        .execute(conn)
        .await?;
    Ok(used == 1)
}

/// Forgets codes that are long over.
pub async fn delete_old(conn: &mut Conn) -> Result<usize> {
    let old = login_codes::sent_at.lt(Utc::now() - Duration::days(2));
    unhurried(conn, async |conn| Ok(diesel::delete(login_codes::table).filter(old).execute(conn).await?)).await
}
