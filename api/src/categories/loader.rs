use std::collections::HashMap;

use crate::loaders::{Key, Source, index};

/// The children of a category, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChildrenOf(pub db::CategoryId);

/// The categories that have no parent, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TopCategories;

impl Key for db::CategoryId {
    type Value = db::Category;

    async fn load(ids: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Category>> {
        Ok(index(db::Category::find_many(conn, ids).await?, |category| category.id))
    }

    async fn find(ids: &[Self], source: &Source) -> db::Result<HashMap<Self, db::Category>> {
        source.kept(ids).await
    }
}

impl Key for ChildrenOf {
    type Value = Vec<db::Category>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Self::Value>> {
        let parents: Vec<db::CategoryId> = keys.iter().map(|key| key.0).collect();
        let children = db::Category::children(conn, &parents).await?;
        Ok(children.into_iter().map(|(parent, children)| (Self(parent), children)).collect())
    }
}

impl Key for TopCategories {
    type Value = Vec<db::Category>;

    async fn load(_: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Self::Value>> {
        Ok(HashMap::from([(Self, db::Category::tops(conn).await?)]))
    }
}
