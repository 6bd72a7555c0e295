use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;

use super::Shop;
use crate::roles::Merchant;
use crate::schema::shops;
use crate::text::SearchText;
use crate::transaction::transaction;
use crate::{
    Category, CategoryId, Conn, Error, Event, Idempotency, Names, OpeningTimes, Result, ShopHours, ShopId, UserId,
};

/// A shop that a merchant opens.
#[derive(Clone, Debug)]
pub struct NewShop {
    pub owner_id: UserId,
    pub draft: ShopDraft,
    pub idempotency: Option<Idempotency>,
}

/// What is to become of a shop.
#[derive(Clone, Debug)]
pub struct ShopChanges {
    pub id: ShopId,
    /// The version that the owner has seen.
    pub version: i32,
    pub owner_id: UserId,
    pub draft: ShopDraft,
}

/// What a merchant says of a shop. What is none stays as it is, and is not known of a new shop.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = shops)]
pub struct ShopDraft {
    pub category_id: CategoryId,
    pub name: String,
    pub lat: f64,
    pub lng: f64,
    #[diesel(treat_none_as_null = true)]
    pub country_code: Option<String>,
    pub timezone: String,
    #[diesel(skip_insertion, skip_update)]
    pub address: AddressDraft,
    pub phone: Option<Option<String>>,
    pub website: Option<Option<String>>,
    pub opening_hours: Option<Option<String>>,
    pub cuisines: Option<Vec<String>>,
}

/// Like [`Address`](super::Address), but what is none is not mentioned.
#[derive(Clone, Debug, Serialize)]
pub struct AddressDraft {
    pub line: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Option<String>>,
}

impl NewShop {
    /// Stores the shop; or finds what the same request stored before.
    ///
    /// `evaluate` tells when a shop of such hours is open.
    pub async fn insert(
        &self,
        conn: &mut Conn,
        evaluate: impl Fn(&ShopHours) -> OpeningTimes + Send + Sync,
    ) -> Result<Shop> {
        transaction(conn, async |conn| {
            let owner = Merchant::hold(conn, self.owner_id).await?.id();
            let id = ShopId::new();
            if let Some(idempotency) = &self.idempotency
                && let Some(first) = idempotency.claim(conn, owner, id).await?
            {
                return Shop::find_many(conn, &[first]).await?.pop().ok_or(Error::Missing("shop"));
            }
            let shop: Shop = diesel::insert_into(shops::table)
                .values((
                    shops::id.eq(id),
                    shops::owner_id.eq(owner),
                    &self.draft,
                    shops::address.eq(self.draft.address.to_json()),
                    shops::search_text.eq(""),
                ))
                .returning(Shop::as_returning())
                .get_result(conn)
                .await?;
            shop.index(conn, &evaluate).await?;
            Event::ShopCreated { shop: id, owner }.record(conn).await?;
            Ok(shop)
        })
        .await
    }
}

impl ShopChanges {
    /// Edits the shop. `evaluate` tells when a shop of such hours is open.
    pub async fn update(
        &self,
        conn: &mut Conn,
        evaluate: impl Fn(&ShopHours) -> OpeningTimes + Send + Sync,
    ) -> Result<Shop> {
        transaction(conn, async |conn| {
            // Of a shop that is called something else, these are the names no longer.
            let names = case_when(shops::name.eq(&self.draft.name), shops::names).otherwise(Names::default());
            let changed: Option<Shop> = diesel::update(shops::table.find(self.id))
                .filter(shops::owner_id.eq(self.owner_id))
                .filter(shops::version.eq(self.version))
                .set((
                    &self.draft,
                    shops::names.eq(names),
                    shops::address.eq(shops::address.concat(self.draft.address.to_json())),
                    shops::version.eq(shops::version + 1),
                    shops::updated_at.eq(diesel::dsl::now),
                ))
                .returning(Shop::as_returning())
                .get_result(conn)
                .await
                .optional()?;
            let Some(shop) = changed else { return Err(self.why_not(conn).await?) };
            shop.index(conn, &evaluate).await?;
            Event::ShopUpdated { shop: shop.id }.record(conn).await?;
            Ok(shop)
        })
        .await
    }

    async fn why_not(&self, conn: &mut Conn) -> Result<Error> {
        Ok(match Shop::find_many(conn, &[self.id]).await?.pop() {
            None => Error::Missing("shop"),
            Some(shop) if shop.owner_id != Some(self.owner_id) => Error::Forbidden,
            Some(_) => Error::Stale,
        })
    }
}

impl Shop {
    /// Stores by what words and at what times the shop is found.
    async fn index(&self, conn: &mut Conn, evaluate: impl Fn(&ShopHours) -> OpeningTimes + Send + Sync) -> Result<()> {
        let category = Category::find_many(conn, &[self.category_id]).await?.pop().ok_or(Error::Missing("category"))?;
        let search_text = SearchText::of_shop(&self.name, &self.names, None, &self.cuisines, &category.names);
        diesel::update(shops::table.find(self.id)).set(shops::search_text.eq(search_text)).execute(conn).await?;
        OpeningTimes::replace(conn, self, evaluate).await
    }
}

impl AddressDraft {
    fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("addresses are plain data")
    }
}
