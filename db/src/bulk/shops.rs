//! What generated data needs to know of shops, and what it tells of them.

use diesel::sql_types::{Array, Bool, Int2, Integer, Nullable, Text, Uuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

use super::column;
use crate::changed::{Changed, SHOPS};
use crate::{Conn, Event, Result, ShopId};

/// What must be known of a shop to write of it.
#[derive(Clone, Debug, QueryableByName)]
pub struct SeedShop {
    #[diesel(sql_type = Uuid)]
    pub id: ShopId,
    #[diesel(sql_type = Nullable<Text>)]
    pub osm_id: Option<String>,
    #[diesel(sql_type = Text)]
    pub category: String,
    #[diesel(sql_type = Text)]
    pub top_category: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub country_code: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub city: Option<String>,
    #[diesel(sql_type = Bool)]
    pub has_price: bool,
}

/// The price of a meal, a night or whatever else a shop is for, per person.
#[derive(Clone, Debug)]
pub struct ShopPrice {
    pub shop_id: ShopId,
    pub price_level: i16,
    pub average_spend_minor: i32,
    pub currency: String,
}

impl SeedShop {
    /// All shops, in an order that does not change from one import to the next.
    pub async fn all(conn: &mut Conn) -> Result<Vec<Self>> {
        Ok(sql_query(
            "select shops.id, osm_id, categories.slug as category, coalesce(tops.slug, categories.slug) as top_category,
                    country_code, address ->> 'city' as city, price_level is not null as has_price
             from shops
             join categories on categories.id = category_id
             left join categories as tops on tops.id = categories.parent_id
             order by osm_id collate \"C\", shops.id",
        )
        .load(conn)
        .await?)
    }
}

impl ShopPrice {
    /// Sets the prices of shops that have none.
    pub async fn update_unknown(conn: &mut Conn, prices: &[Self]) -> Result<usize> {
        let changed = sql_query(
            "update shops set price_level = new.price_level, average_spend_minor = new.spend, currency = new.currency
             from unnest($1, $2, $3, $4) as new (id, price_level, spend, currency)
             where shops.id = new.id and shops.price_level is null returning shops.id",
        )
        .bind::<Array<Uuid>, _>(column(prices, |price| price.shop_id))
        .bind::<Array<Int2>, _>(column(prices, |price| price.price_level))
        .bind::<Array<Integer>, _>(column(prices, |price| price.average_spend_minor))
        .bind::<Array<Text>, _>(column(prices, |price| price.currency.as_str()))
        .load(conn)
        .await?;
        let changed = Changed::rows(SHOPS, changed);
        Event::record_changes(conn, &changed).await?;
        Ok(changed.len())
    }
}
