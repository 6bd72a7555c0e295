use std::collections::HashMap;

use crate::loaders::{Key, group, index};

/// How the viewer proves who they are. Nobody else's is ever asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountOf(pub db::UserId);

/// Where the viewer is logged in, seen last first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionsOf(pub db::UserId);

/// All that is stored about the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExportOf(pub db::UserId);

/// A session of the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnSession {
    pub viewer: db::UserId,
    pub session: db::SessionId,
}

impl Key for AccountOf {
    type Value = db::Account;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Account>> {
        let users: Vec<_> = keys.iter().map(|key| key.0).collect();
        Ok(index(db::Account::find_many(conn, &users).await?, |account| Self(account.user_id)))
    }
}

impl Key for SessionsOf {
    type Value = Vec<db::Session>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Vec<db::Session>>> {
        let mut loaded = HashMap::new();
        for key in keys {
            loaded.insert(*key, db::Session::of_user(conn, key.0).await?);
        }
        Ok(loaded)
    }
}

impl Key for ExportOf {
    type Value = serde_json::Value;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, serde_json::Value>> {
        let mut loaded = HashMap::new();
        for key in keys {
            loaded.insert(*key, db::Account::export(conn, key.0).await?);
        }
        Ok(loaded)
    }
}

impl Key for OwnSession {
    type Value = db::Session;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Session>> {
        let mut loaded = HashMap::new();
        for (viewer, sessions) in group(keys, |key| (key.viewer, key.session)) {
            let own = db::Session::find_own(conn, viewer, &sessions).await?;
            loaded.extend(index(own, |session| Self { viewer, session: session.id }));
        }
        Ok(loaded)
    }
}
