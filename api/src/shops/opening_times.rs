//! Keeps the opening times that searches go by up to date.

use std::ops::Bound;
use std::time::Duration as StdDuration;

use chrono::{DateTime, Duration, Utc};

use super::hours::Hours;

/// How far ahead searches may ask who is open.
pub const HORIZON: Duration = Duration::weeks(2);

/// Hours are evaluated so far ahead, so that each shop's turn comes but once a week.
const EVALUATED: Duration = Duration::weeks(3);

const BATCH: i64 = 500;

/// Evaluates the hours of all shops that are not known up to the horizon, and tells of how many.
pub async fn refresh(postgres: &db::Postgres) -> db::Result<usize> {
    let now = Utc::now();
    let mut refreshed = 0;
    loop {
        let mut conn = postgres.conn().await?;
        let evaluated = db::OpeningTimes::refresh(&mut conn, now + HORIZON, BATCH, |shop| evaluate(shop, now)).await?;
        if evaluated == 0 {
            return Ok(refreshed);
        }
        refreshed += evaluated;
    }
}

/// Refreshes again and again, for as long as the server lives.
pub async fn keep_fresh(postgres: db::Postgres) {
    const INTERVAL: StdDuration = StdDuration::from_secs(60 * 60);
    loop {
        match refresh(&postgres).await {
            Ok(shops) => tracing::debug!(shops, "opening times evaluated"),
            Err(error) => tracing::error!(%error, "opening times could not be evaluated"),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// When a shop that is being written is open.
pub(super) fn from_now_on(shop: &db::ShopHours) -> db::OpeningTimes {
    evaluate(shop, Utc::now())
}

fn evaluate(shop: &db::ShopHours, now: DateTime<Utc>) -> db::OpeningTimes {
    let (from, until) = (now - Duration::days(1), now + EVALUATED);
    let expression = shop.opening_hours.as_deref().unwrap_or_default();
    let times = Hours::parse(expression, &shop.timezone, shop.country_code.as_deref(), shop.lat, shop.lng)
        .map(|hours| hours.open_times(from, until))
        // Nobody can read it, so nobody can say that it is open.
        .unwrap_or_default();
    let times = times.into_iter().map(|(start, end)| (Bound::Included(start), Bound::Excluded(end))).collect();
    db::OpeningTimes { shop_id: shop.id, times, until }
}
