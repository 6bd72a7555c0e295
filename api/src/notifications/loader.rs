use std::collections::HashMap;

use crate::live::MOST_AT_ONCE;
use crate::loaders::{Key, group, index};

/// What the viewer wants to be told; none if they never said, and never were told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InboxOf(pub db::UserId);

/// What the viewer was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnNotification {
    pub viewer: db::UserId,
    pub notification: db::NotificationId,
}

/// What the viewer was told behind some number, oldest first; at most [`MOST_AT_ONCE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NotificationsSince {
    pub viewer: db::UserId,
    pub after: i64,
}

impl Key for NotificationsSince {
    type Value = Vec<db::Notification>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Self::Value>> {
        let mut loaded = HashMap::new();
        for key in keys {
            loaded.insert(*key, db::Notification::since(conn, key.viewer, key.after, MOST_AT_ONCE).await?);
        }
        Ok(loaded)
    }
}

impl Key for InboxOf {
    type Value = db::Inbox;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Inbox>> {
        let users: Vec<_> = keys.iter().map(|key| key.0).collect();
        Ok(index(db::Inbox::find_many(conn, &users).await?, |inbox| Self(inbox.user_id)))
    }
}

impl Key for OwnNotification {
    type Value = db::Notification;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Notification>> {
        let mut loaded = HashMap::new();
        for (viewer, notifications) in group(keys, |key| (key.viewer, key.notification)) {
            let own = db::Notification::find_own(conn, viewer, &notifications).await?;
            loaded.extend(index(own, |notification| Self { viewer, notification: notification.id }));
        }
        Ok(loaded)
    }
}
