//! What the server does by itself now and then.

use std::time::Duration;

/// How much was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub idempotency_keys: usize,
    pub login_codes: usize,
    pub sessions: usize,
}

/// Forgets what has been over for long enough.
pub async fn forget_old(postgres: &db::Postgres) -> db::Result<Forgotten> {
    let mut conn = postgres.conn().await?;
    Ok(Forgotten {
        idempotency_keys: db::Idempotency::delete_old(&mut conn).await?,
        login_codes: db::login_codes::delete_old(&mut conn).await?,
        sessions: db::Session::delete_old(&mut conn).await?,
    })
}

/// Forgets again and again, for as long as the server lives.
pub async fn keep_forgetting(postgres: db::Postgres) {
    const INTERVAL: Duration = Duration::from_secs(60 * 60);
    loop {
        match forget_old(&postgres).await {
            Ok(forgotten) => tracing::debug!(?forgotten, "old sessions, codes and keys deleted"),
            Err(error) => tracing::error!(%error, "old sessions, codes and keys could not be deleted"),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
