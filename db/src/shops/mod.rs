mod write;

use chrono::{DateTime, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Integer, Jsonb};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::schema::shops;
use crate::{CategoryId, Conn, Names, Page, Result, ShopId, Slice, UserId};

pub use write::{AddressDraft, NewShop, ShopChanges, ShopDraft};

#[derive(Clone, Debug, PartialEq, HasQuery, Serialize, Deserialize)]
pub struct Shop {
    pub id: ShopId,
    pub version: i32,
    pub owner_id: Option<UserId>,
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
    pub price_level: Option<i16>,
    pub average_spend_minor: Option<i32>,
    pub currency: Option<String>,
    #[diesel(embed)]
    pub ratings: Ratings,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// How many reviews gave how many stars, and what that makes.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Serialize, Deserialize)]
#[diesel(table_name = shops)]
pub struct Ratings {
    rating_1: i32,
    rating_2: i32,
    rating_3: i32,
    rating_4: i32,
    rating_5: i32,
    /// The mean, drawn towards the mean of all shops as long as the ratings are few.
    #[diesel(column_name = rating_score)]
    pub bayesian: f64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromSqlRow, AsExpression)]
#[diesel(sql_type = Jsonb)]
pub struct Address {
    pub line: Option<String>,
    pub area: Option<String>,
    pub city: Option<String>,
    pub postal_code: Option<String>,
}

impl Shop {
    pub async fn find_many(conn: &mut Conn, ids: &[ShopId]) -> Result<Vec<Self>> {
        Ok(Self::query().filter(shops::id.eq_any(ids)).load(conn).await?)
    }

    /// All shops that a merchant owns, oldest first.
    pub async fn owned_by(conn: &mut Conn, merchant: UserId) -> Result<Vec<Self>> {
        Ok(Self::query().filter(shops::owner_id.eq(merchant)).order(shops::id).load(conn).await?)
    }

    /// A page of the shops that a merchant owns, listed last first.
    pub async fn page_of_owner(conn: &mut Conn, owner: UserId, page: Page<ShopId>) -> Result<Slice<Self>> {
        let mut query =
            Self::query().filter(shops::owner_id.eq(owner)).order(shops::id.desc()).limit(page.probe()).into_boxed();
        if let Some(after) = page.after {
            query = query.filter(shops::id.lt(after));
        }
        Ok(page.slice(query.load(conn).await?))
    }

    pub async fn exists_any(conn: &mut Conn) -> Result<bool> {
        Ok(diesel::select(diesel::dsl::exists(shops::table.select(shops::id))).get_result(conn).await?)
    }
}

diesel::define_sql_function! {
    fn bayesian_mean(one: Integer, two: Integer, three: Integer, four: Integer, five: Integer) -> Double;
}

/// Adds so many ratings of so many stars to those of a shop.
pub(crate) async fn count_ratings(conn: &mut Conn, shop: ShopId, changes: &[(i16, i32)]) -> Result<()> {
    let by = |stars: i16| changes.iter().filter(|change| change.0 == stars).map(|change| change.1).sum::<i32>();
    let [one, two, three, four, five] = [1, 2, 3, 4, 5].map(by);
    diesel::update(shops::table.find(shop))
        .set((
            shops::rating_1.eq(shops::rating_1 + one),
            shops::rating_2.eq(shops::rating_2 + two),
            shops::rating_3.eq(shops::rating_3 + three),
            shops::rating_4.eq(shops::rating_4 + four),
            shops::rating_5.eq(shops::rating_5 + five),
            shops::rating_score.eq(bayesian_mean(
                shops::rating_1 + one,
                shops::rating_2 + two,
                shops::rating_3 + three,
                shops::rating_4 + four,
                shops::rating_5 + five,
            )),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

impl Ratings {
    /// The number of reviews with one star, two stars, … five stars.
    pub fn histogram(&self) -> [i32; 5] {
        [self.rating_1, self.rating_2, self.rating_3, self.rating_4, self.rating_5]
    }

    pub fn count(&self) -> i32 {
        self.histogram().iter().sum()
    }

    /// The mean; none until the first rating.
    pub fn average(&self) -> Option<f64> {
        let sum: i32 = self.histogram().iter().zip(1..).map(|(count, stars)| count * stars).sum();
        (self.count() > 0).then(|| f64::from(sum) / f64::from(self.count()))
    }
}

impl FromSql<Jsonb, Pg> for Address {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let json = <serde_json::Value as FromSql<Jsonb, Pg>>::from_sql(value)?;
        Ok(serde_json::from_value(json)?)
    }
}

impl ToSql<Jsonb, Pg> for Address {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let json = serde_json::to_value(self)?;
        ToSql::<Jsonb, Pg>::to_sql(&json, &mut out.reborrow())
    }
}
