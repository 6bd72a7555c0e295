//! When shops are open, as times that PostgreSQL can search.
//!
//! OpenStreetMap's expressions know holidays, seasons and sunsets, which no SQL does: they are evaluated for some weeks
//! ahead, and again before those are over.

use std::ops::Bound;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::schema::{opening_times, shops};
use crate::{Conn, Result, Shop, ShopId};

/// From a first instant up to, and without, a last.
pub type Interval = (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>);

/// A shop whose hours are to be evaluated.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = shops)]
pub struct ShopHours {
    pub id: ShopId,
    pub opening_hours: Option<String>,
    pub timezone: String,
    pub country_code: Option<String>,
    pub lat: f64,
    pub lng: f64,
}

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = opening_times)]
pub struct OpeningTimes {
    pub shop_id: ShopId,
    pub times: Vec<Interval>,
    /// How far the hours have been evaluated.
    pub until: DateTime<Utc>,
}

impl OpeningTimes {
    /// Evaluates the hours of some shops that are not known up to `until`, and tells of how many.
    ///
    /// The shops are locked meanwhile, so that an import cannot change what is being evaluated; who refreshes at the same time
    /// takes others.
    pub async fn refresh(
        conn: &mut Conn,
        until: DateTime<Utc>,
        limit: i64,
        evaluate: impl Fn(&ShopHours) -> Self + Send + Sync,
    ) -> Result<usize> {
        conn.transaction(async |conn| {
            let shops = ShopHours::unknown_at(conn, until, limit).await?;
            let times: Vec<Self> = shops.iter().map(evaluate).collect();
            if !times.is_empty() {
                Self::upsert_all(conn, &times).await?;
            }
            Ok(times.len())
        })
        .await
    }

    /// Stores when a shop is open that was just written, or forgets it where that is not known.
    pub(crate) async fn replace(
        conn: &mut Conn,
        shop: &Shop,
        evaluate: impl Fn(&ShopHours) -> Self + Send + Sync,
    ) -> Result<()> {
        if shop.opening_hours.is_some() {
            Self::upsert_all(conn, &[evaluate(&ShopHours::of(shop))]).await?;
        } else {
            diesel::delete(opening_times::table.find(shop.id)).execute(conn).await?;
        }
        Ok(())
    }
}

impl ShopHours {
    fn of(shop: &Shop) -> Self {
        Self {
            id: shop.id,
            opening_hours: shop.opening_hours.clone(),
            timezone: shop.timezone.clone(),
            country_code: shop.country_code.clone(),
            lat: shop.lat,
            lng: shop.lng,
        }
    }

    async fn unknown_at(conn: &mut Conn, until: DateTime<Utc>, limit: i64) -> Result<Vec<Self>> {
        let known =
            opening_times::table.filter(opening_times::shop_id.eq(shops::id)).filter(opening_times::until.ge(until));
        Ok(Self::query()
            .filter(shops::opening_hours.is_not_null())
            .filter(diesel::dsl::not(diesel::dsl::exists(known)))
            .limit(limit)
            .for_no_key_update()
            .skip_locked()
            .load(conn)
            .await?)
    }
}

impl OpeningTimes {
    async fn upsert_all(conn: &mut Conn, all: &[Self]) -> Result<usize> {
        Ok(diesel::insert_into(opening_times::table)
            .values(all)
            .on_conflict(opening_times::shop_id)
            .do_update()
            .set((
                opening_times::times.eq(excluded(opening_times::times)),
                opening_times::until.eq(excluded(opening_times::until)),
            ))
            .execute(conn)
            .await?)
    }
}
