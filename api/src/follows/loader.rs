use std::collections::HashMap;

use crate::loaders::{Key, group};

/// A page of the people around a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FollowsOf {
    pub user: db::UserId,
    pub relation: Relation,
    pub page: db::Page<db::FollowId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    Followers,
    Following,
    Mutual { viewer: db::UserId },
}

/// Whether the viewer follows a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ViewerFollows {
    pub viewer: db::UserId,
    pub user: db::UserId,
}

/// Whether a user follows the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FollowsViewer {
    pub viewer: db::UserId,
    pub user: db::UserId,
}

/// How many people both the viewer and a user follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MutualCount {
    pub viewer: db::UserId,
    pub user: db::UserId,
}

impl Key for FollowsOf {
    type Value = db::Slice<db::Followed>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Self::Value>> {
        let mut loaded = HashMap::new();
        for ((relation, page), users) in group(keys, |key| ((key.relation, key.page), key.user)) {
            let pages = match relation {
                Relation::Followers => db::Followed::pages_of_followers(conn, &users, page).await?,
                Relation::Following => db::Followed::pages_of_following(conn, &users, page).await?,
                Relation::Mutual { viewer } => db::Followed::pages_of_mutual(conn, viewer, &users, page).await?,
            };
            loaded.extend(pages.into_iter().map(|(user, slice)| (Self { user, relation, page }, slice)));
        }
        Ok(loaded)
    }
}

impl Key for ViewerFollows {
    type Value = ();

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, ()>> {
        let mut loaded = HashMap::new();
        for (viewer, users) in group(keys, |key| (key.viewer, key.user)) {
            let followed = db::Followed::followed_by(conn, viewer, &users).await?;
            loaded.extend(followed.into_iter().map(|user| (Self { viewer, user }, ())));
        }
        Ok(loaded)
    }
}

impl Key for FollowsViewer {
    type Value = ();

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, ()>> {
        let mut loaded = HashMap::new();
        for (viewer, users) in group(keys, |key| (key.viewer, key.user)) {
            let followers = db::Followed::followers_among(conn, viewer, &users).await?;
            loaded.extend(followers.into_iter().map(|user| (Self { viewer, user }, ())));
        }
        Ok(loaded)
    }
}

impl Key for MutualCount {
    type Value = i64;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, i64>> {
        let mut loaded = HashMap::new();
        for (viewer, users) in group(keys, |key| (key.viewer, key.user)) {
            let counts = db::Followed::count_mutual(conn, viewer, &users).await?;
            loaded.extend(counts.into_iter().map(|(user, count)| (Self { viewer, user }, count)));
        }
        Ok(loaded)
    }
}
