use std::collections::HashMap;

use crate::loaders::{Key, Source, index};

/// A page of the shops that a merchant owns. Nobody else's than the viewer's are ever asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct OwnedBy {
    pub owner: db::UserId,
    pub page: db::Page<db::ShopId>,
}

impl Key for db::ShopId {
    type Value = db::Shop;

    async fn load(ids: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Shop>> {
        Ok(index(db::Shop::find_many(conn, ids).await?, |shop| shop.id))
    }

    async fn find(ids: &[Self], source: &Source) -> db::Result<HashMap<Self, db::Shop>> {
        source.kept(ids).await
    }
}

impl Key for OwnedBy {
    type Value = db::Slice<db::Shop>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Slice<db::Shop>>> {
        let mut loaded = HashMap::new();
        for key in keys {
            loaded.insert(*key, db::Shop::page_of_owner(conn, key.owner, key.page).await?);
        }
        Ok(loaded)
    }
}
