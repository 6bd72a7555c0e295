use std::collections::HashMap;

use crate::loaders::{Key, index};

impl Key for db::ShopId {
    type Value = db::Shop;

    async fn load(ids: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Shop>> {
        Ok(index(db::Shop::find_many(conn, ids).await?, |shop| shop.id))
    }
}
