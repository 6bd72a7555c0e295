use std::collections::HashMap;

use chrono::NaiveDate;

use crate::loaders::{Key, group};

/// How many different people looked at a shop in some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VisitsOf {
    pub shop: db::ShopId,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Key for VisitsOf {
    type Value = usize;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, usize>> {
        let mut loaded = HashMap::new();
        for ((from, to), shops) in group(keys, |key| ((key.from, key.to), key.shop)) {
            let visitors = db::Visitors::of_shops(conn, &shops, from, to).await?;
            loaded.extend(visitors.into_iter().map(|(shop, all)| (Self { shop, from, to }, all.count())));
        }
        Ok(loaded)
    }
}
