use std::collections::HashMap;

use crate::live::MOST_AT_ONCE;
use crate::loaders::{Key, group, index};

/// A page of the threads under a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommentsOf {
    pub review: db::ReviewId,
    pub page: db::Page<db::CommentId>,
}

/// A page of the replies in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RepliesTo {
    pub comment: db::CommentId,
    pub page: db::Page<db::CommentId>,
}

/// The comments on a review and the replies to them that came after some comment: the oldest of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CommentsSince {
    pub(super) review: db::ReviewId,
    pub(super) after: db::CommentId,
}

/// How many threads there are under a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThreadCount(pub db::ReviewId);

/// A comment that may be hidden, but not from the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeenComment {
    pub viewer: db::UserId,
    pub comment: db::CommentId,
}

impl Key for SeenComment {
    type Value = db::Comment;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Comment>> {
        let mut loaded = HashMap::new();
        for (viewer, comments) in group(keys, |key| (key.viewer, key.comment)) {
            let seen = db::Comment::find_seen(conn, viewer, &comments).await?;
            loaded.extend(index(seen, |comment| Self { viewer, comment: comment.id }));
        }
        Ok(loaded)
    }
}

impl Key for db::CommentId {
    type Value = db::Comment;

    async fn load(ids: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Comment>> {
        Ok(index(db::Comment::find_many(conn, ids).await?, |comment| comment.id))
    }
}

impl Key for CommentsOf {
    type Value = db::Slice<db::Comment>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Self::Value>> {
        let mut loaded = HashMap::new();
        for (page, reviews) in group(keys, |key| (key.page, key.review)) {
            let pages = db::Comment::pages_of_reviews(conn, &reviews, page).await?;
            loaded.extend(pages.into_iter().map(|(review, slice)| (Self { review, page }, slice)));
        }
        Ok(loaded)
    }
}

impl Key for CommentsSince {
    type Value = Vec<db::Comment>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Self::Value>> {
        let mut loaded = HashMap::new();
        for key in keys {
            loaded.insert(*key, db::Comment::of_review_since(conn, key.review, key.after, MOST_AT_ONCE).await?);
        }
        Ok(loaded)
    }
}

impl Key for RepliesTo {
    type Value = db::Slice<db::Comment>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Self::Value>> {
        let mut loaded = HashMap::new();
        for (page, comments) in group(keys, |key| (key.page, key.comment)) {
            let pages = db::Comment::pages_of_threads(conn, &comments, page).await?;
            loaded.extend(pages.into_iter().map(|(comment, slice)| (Self { comment, page }, slice)));
        }
        Ok(loaded)
    }
}

impl Key for ThreadCount {
    type Value = i64;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, i64>> {
        let reviews: Vec<db::ReviewId> = keys.iter().map(|key| key.0).collect();
        let counts = db::Comment::count_threads(conn, &reviews).await?;
        Ok(counts.into_iter().map(|(review, count)| (Self(review), count)).collect())
    }
}
