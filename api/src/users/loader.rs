use std::collections::HashMap;

use crate::loaders::{Key, index};

impl Key for db::UserId {
    type Value = db::User;

    async fn load(ids: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::User>> {
        Ok(index(db::User::find_many(conn, ids).await?, |user| user.id))
    }
}
