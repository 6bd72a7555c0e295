use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::names::Names;
use crate::schema::categories;
use crate::{CategoryId, Conn, Result};

#[derive(Clone, Debug, PartialEq, HasQuery, Serialize, Deserialize)]
#[diesel(table_name = categories)]
pub struct Category {
    pub id: CategoryId,
    pub slug: String,
    pub parent_id: Option<CategoryId>,
    pub names: Names,
    pub icon: String,
}

impl Category {
    pub async fn find_many(conn: &mut Conn, ids: &[CategoryId]) -> Result<Vec<Self>> {
        Ok(Self::query().filter(categories::id.eq_any(ids)).load(conn).await?)
    }

    /// The categories that have no parent, in order.
    pub async fn tops(conn: &mut Conn) -> Result<Vec<Self>> {
        Ok(Self::query().filter(categories::parent_id.is_null()).order(categories::position).load(conn).await?)
    }

    /// The children of each given category, in order.
    pub async fn children(conn: &mut Conn, parents: &[CategoryId]) -> Result<HashMap<CategoryId, Vec<Self>>> {
        let children: Vec<Self> = Self::query()
            .filter(categories::parent_id.eq_any(parents))
            .order((categories::parent_id, categories::position))
            .load(conn)
            .await?;

        let mut children_of: HashMap<_, Vec<_>> = parents.iter().map(|&id| (id, Vec::new())).collect();
        for child in children {
            if let Some(parent) = child.parent_id {
                children_of.entry(parent).or_default().push(child);
            }
        }
        Ok(children_of)
    }

    /// All categories by their slug.
    pub async fn by_slug(conn: &mut Conn) -> Result<HashMap<String, Self>> {
        let all: Vec<Self> = Self::query().load(conn).await?;
        Ok(all.into_iter().map(|category| (category.slug.clone(), category)).collect())
    }
}
