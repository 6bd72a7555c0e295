use std::collections::HashMap;

use db::LikeSubject;

use crate::loaders::{Key, group};

/// Whether the viewer likes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ViewerLikes {
    pub viewer: db::UserId,
    pub subject: LikeSubject,
}

/// A page of those who like something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LikersOf {
    pub subject: LikeSubject,
    pub page: db::Page<db::LikeId>,
}

impl Key for ViewerLikes {
    type Value = ();

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, ()>> {
        let mut loaded = HashMap::new();
        for (viewer, subjects) in group(keys, |key| (key.viewer, key.subject)) {
            let liked = db::LikeSubject::liked_by(conn, viewer, &subjects).await?;
            loaded.extend(liked.into_iter().map(|subject| (Self { viewer, subject }, ())));
        }
        Ok(loaded)
    }
}

impl Key for LikersOf {
    type Value = db::Slice<db::Liker>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Self::Value>> {
        let mut loaded = HashMap::new();
        for (page, subjects) in group(keys, |key| (key.page, key.subject)) {
            let pages = db::Liker::pages_of(conn, &subjects, page).await?;
            loaded.extend(pages.into_iter().map(|(subject, slice)| (Self { subject, page }, slice)));
        }
        Ok(loaded)
    }
}
