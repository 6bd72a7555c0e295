//! What the server does by itself now and then.

use std::time::Duration;

/// How much was forgotten of each, or why nothing was.
#[derive(Debug)]
pub struct Forgotten {
    pub idempotency_keys: db::Result<usize>,
    pub login_codes: db::Result<usize>,
    pub sessions: db::Result<usize>,
    pub notifications: db::Result<usize>,
}

/// Forgets what has been over for long enough.
pub async fn forget_old(postgres: &db::Postgres) -> db::Result<Forgotten> {
    let mut conn = postgres.conn().await?;
    Ok(Forgotten {
        idempotency_keys: db::Idempotency::delete_old(&mut conn).await,
        login_codes: db::login_codes::delete_old(&mut conn).await,
        sessions: db::Session::delete_old(&mut conn).await,
        notifications: db::Notification::delete_old(&mut conn).await,
    })
}

/// Forgets again and again, for as long as the server lives.
pub async fn keep_forgetting(postgres: db::Postgres) {
    const INTERVAL: Duration = Duration::from_secs(60 * 60);
    loop {
        match forget_old(&postgres).await {
            Ok(Forgotten { idempotency_keys, login_codes, sessions, notifications }) => {
                tell("idempotency keys", idempotency_keys);
                tell("login codes", login_codes);
                tell("sessions", sessions);
                tell("notifications", notifications);
            }
            Err(error) => tracing::error!(%error, "nothing old could be deleted"),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

fn tell(what: &str, deleted: db::Result<usize>) {
    match deleted {
        Ok(rows) => tracing::debug!(rows, "old {what} deleted"),
        Err(error) => tracing::error!(%error, "old {what} could not be deleted"),
    }
}
