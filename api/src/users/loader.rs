use std::collections::HashMap;

use crate::loaders::{Key, Source, index};

impl Key for db::UserId {
    type Value = db::User;

    async fn load(ids: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::User>> {
        Ok(index(db::User::find_many(conn, ids).await?, |user| user.id))
    }

    async fn find(ids: &[Self], source: &Source) -> db::Result<HashMap<Self, db::User>> {
        source.kept(ids).await
    }
}
