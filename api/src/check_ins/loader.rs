use std::collections::HashMap;

use crate::loaders::Key;

/// All days that a user has checked in: months are cut out of them, however many are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CheckInsOf(pub db::UserId);

impl Key for CheckInsOf {
    type Value = db::CheckIns;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::CheckIns>> {
        let users: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = db::CheckIns::find_many(conn, &users).await?;
        Ok(found.into_iter().map(|(user, check_ins)| (Self(user), check_ins)).collect())
    }
}
