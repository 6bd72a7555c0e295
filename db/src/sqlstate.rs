//! Why a statement failed, as SQLSTATE has it. Diesel knows few of them; the rest is told by what PostgreSQL or the driver says, if it is
//! in English.

use diesel::result::{DatabaseErrorKind, Error};

/// What has no SQLSTATE that is known.
pub(crate) const OTHER: &str = "other";

pub(crate) const TIMEOUT: &str = "57014";
pub(crate) const LOCK_TIMEOUT: &str = "55P03";
pub(crate) const DEADLOCK: &str = "40P01";

/// How messages begin; of two that fit, the first holds.
const MESSAGES: [(&str, &str); 13] = [
    ("canceling statement due to lock timeout", LOCK_TIMEOUT),
    ("canceling statement due to conflict with recovery", "40001"),
    ("canceling statement due to", TIMEOUT),
    ("deadlock detected", DEADLOCK),
    ("terminating connection due to idle-in-transaction timeout", "25P03"),
    ("terminating connection due to idle-session timeout", "57P05"),
    ("terminating connection because of crash", "57P02"),
    ("terminating connection", "57P01"),
    ("connection closed", "08006"),
    ("error communicating with the server", "08006"),
    ("out of memory", "53200"),
    ("out of shared memory", "53200"),
    ("invalid page in block", "XX001"),
];

/// A row that is not there is no error.
pub(crate) fn of(error: &Error) -> Option<&'static str> {
    let Error::DatabaseError(kind, info) = error else {
        return (!matches!(error, Error::NotFound)).then_some(OTHER);
    };
    Some(match kind {
        DatabaseErrorKind::UniqueViolation => "23505",
        DatabaseErrorKind::ForeignKeyViolation => "23503",
        DatabaseErrorKind::NotNullViolation => "23502",
        DatabaseErrorKind::CheckViolation => "23514",
        DatabaseErrorKind::SerializationFailure => "40001",
        DatabaseErrorKind::ReadOnlyTransaction => "25006",
        DatabaseErrorKind::ClosedConnection => "08006",
        _ => of_message(info.message()),
    })
}

/// Whether the connection has ended, for whatever reason.
pub(crate) fn is_end_of_connection(state: &str) -> bool {
    matches!(state, "08006" | "25P03" | "57P01" | "57P02" | "57P05")
}

fn of_message(message: &str) -> &'static str {
    // What it is about stands before it.
    if message.ends_with("No space left on device") {
        return "53100";
    }
    MESSAGES.iter().find(|(beginning, _)| message.starts_with(beginning)).map_or(OTHER, |(_, state)| state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgresql_says_tells_the_sqlstate() {
        for (said, state) in [
            ("canceling statement due to statement timeout", "57014"),
            ("canceling statement due to lock timeout", "55P03"),
            ("deadlock detected", "40P01"),
            ("terminating connection due to administrator command", "57P01"),
            ("terminating connection because of crash of another server process", "57P02"),
            ("connection closed", "08006"),
            (r#"could not extend file "base/5/16385": No space left on device"#, "53100"),
            (r#"invalid page in block 7 of relation base/5/16385"#, "XX001"),
            (r#"syntax error at or near "selec""#, "other"),
        ] {
            let error = Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(said.to_owned()));
            assert_eq!(of(&error), Some(state), "{said}");
        }
    }
}
