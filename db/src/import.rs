//! Shops that come from elsewhere, by the bulk.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::schema::{opening_times, shops};
use crate::text::SearchText;
use crate::{Address, CategoryId, Conn, Event, Names, Result, RowId, ShopId, UserId};

/// All that an extract of OpenStreetMap says of a shop.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = shops, treat_none_as_null = true)]
pub struct ImportedShop {
    pub osm_id: Option<String>,
    pub category_id: CategoryId,
    pub name: String,
    pub names: Names,
    pub lat: f64,
    pub lng: f64,
    pub address: Address,
    pub country_code: Option<String>,
    pub timezone: String,
    pub phone: Option<String>,
    pub website: Option<String>,
    pub opening_hours: Option<String>,
    pub cuisines: Vec<String>,
    pub photos: Vec<String>,
    pub search_text: SearchText,
}

/// What became of the shops of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub inserted: usize,
    pub updated: usize,
    pub unchanged: usize,
    /// Left alone, since they have an owner who knows better.
    pub owned: usize,
}

/// Rows of one insert: PostgreSQL takes 65,535 values at the most.
const BATCH: usize = 1_000;

impl ImportedShop {
    /// Inserts the shops or updates those of the same OSM id: all of them, or none if anything fails.
    ///
    /// Calls `progress` with the number of shops done.
    pub async fn upsert_all(
        conn: &mut Conn,
        shops: &[Self],
        mut progress: impl FnMut(usize) + Send,
    ) -> Result<Imported> {
        conn.transaction(async |conn| {
            let mut imported = Imported::default();
            for batch in shops.chunks(BATCH) {
                upsert(conn, batch, &mut imported).await?;
                progress(batch.len());
            }
            Ok(imported)
        })
        .await
    }

    /// All that opening times depend on.
    fn hours(&self) -> (Option<&str>, &str, Option<&str>, f64, f64) {
        (self.opening_hours.as_deref(), &self.timezone, self.country_code.as_deref(), self.lat, self.lng)
    }
}

async fn upsert(conn: &mut Conn, batch: &[ImportedShop], imported: &mut Imported) -> Result<()> {
    let known: Vec<(ShopId, Option<UserId>, ImportedShop)> = shops::table
        .filter(shops::osm_id.eq_any(batch.iter().map(|shop| &shop.osm_id)))
        .select((shops::id, shops::owner_id, ImportedShop::as_select()))
        .for_update()
        .load(conn)
        .await?;
    let known: HashMap<_, _> =
        known.into_iter().map(|(id, owner, shop)| (shop.osm_id.clone(), (id, owner, shop))).collect();

    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for shop in batch {
        match known.get(&shop.osm_id) {
            None => new.push((shops::id.eq(ShopId::new()), shop)),
            Some((_, Some(_), _)) => imported.owned += 1,
            Some((_, None, before)) if before == shop => imported.unchanged += 1,
            Some((id, None, before)) => {
                update(conn, *id, before, shop).await?;
                changed.push(RowId::from(*id));
                imported.updated += 1;
            }
        }
    }
    // Another import may have won the race for the same objects; its shops are as good.
    imported.inserted +=
        diesel::insert_into(shops::table).values(new).on_conflict(shops::osm_id).do_nothing().execute(conn).await?;
    Event::record_changes(conn, &changed).await
}

async fn update(conn: &mut Conn, id: ShopId, before: &ImportedShop, shop: &ImportedShop) -> Result<()> {
    diesel::update(shops::table.find(id))
        .set((shop, shops::version.eq(shops::version + 1), shops::updated_at.eq(diesel::dsl::now)))
        .execute(conn)
        .await?;
    let same_hours = before.hours() == shop.hours();
    if !same_hours {
        diesel::delete(opening_times::table.find(id)).execute(conn).await?;
    }
    Ok(())
}
