use std::collections::HashSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Rows;
use crate::schema::shops;
use crate::{Category, CategoryId, Postgres, Result, Shop, ShopId};

/// How many shops are loaded before anybody asks for them.
const HOT: i64 = 1_000;

impl Rows {
    /// Loads the shops that most people wrote about, and their categories. Tells how many shops.
    pub async fn warm_up(&self, postgres: &Postgres) -> Result<usize> {
        if self.0.near.is_none() {
            return Ok(0);
        }
        let ratings = shops::rating_1 + shops::rating_2 + shops::rating_3 + shops::rating_4 + shops::rating_5;
        let hot: Vec<(ShopId, CategoryId)> = shops::table
            .order(ratings.desc())
            .limit(HOT)
            .select((shops::id, shops::category_id))
            .load(&mut postgres.conn().await?)
            .await?;
        let (shops, categories): (Vec<_>, HashSet<_>) = hot.into_iter().unzip();
        self.find::<Category>(postgres, &Vec::from_iter(categories)).await?;
        self.find::<Shop>(postgres, &shops).await?;
        Ok(shops.len())
    }
}
