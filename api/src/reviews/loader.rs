use std::collections::HashMap;

use crate::live::MOST_AT_ONCE;
use crate::loaders::{Key, Source, group, index};

/// A page of a shop's reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReviewsOf {
    pub shop: db::ShopId,
    pub order: db::ReviewOrder,
    pub stars: Option<i16>,
    pub page: db::Page<db::Rank<db::ReviewId>>,
}

/// A page of what somebody wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReviewsBy {
    pub author: db::UserId,
    pub page: db::Page<db::ReviewId>,
}

/// What was written about a shop after some review: the oldest of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ReviewsSince {
    pub(super) shop: db::ShopId,
    pub(super) after: db::ReviewId,
}

/// What the viewer wrote about a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ViewersReviewOf {
    pub viewer: db::UserId,
    pub shop: db::ShopId,
}

/// A review that may be hidden, but not from the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeenReview {
    pub viewer: db::UserId,
    pub review: db::ReviewId,
}

impl Key for SeenReview {
    type Value = db::Review;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Review>> {
        let mut loaded = HashMap::new();
        for (viewer, reviews) in group(keys, |key| (key.viewer, key.review)) {
            let seen = db::Review::find_seen(conn, viewer, &reviews).await?;
            loaded.extend(index(seen, |review| Self { viewer, review: review.id }));
        }
        Ok(loaded)
    }
}

impl Key for db::ReviewId {
    type Value = db::Review;

    async fn load(ids: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Review>> {
        Ok(index(db::Review::find_many(conn, ids).await?, |review| review.id))
    }

    async fn find(ids: &[Self], source: &Source) -> db::Result<HashMap<Self, db::Review>> {
        source.kept(ids).await
    }
}

impl Key for ReviewsOf {
    type Value = db::Slice<db::Keyed<db::Review>>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Self::Value>> {
        let mut loaded = HashMap::new();
        for ((order, stars, page), shops) in group(keys, |key| ((key.order, key.stars, key.page), key.shop)) {
            let pages = db::Review::pages_of_shops(conn, &shops, order, stars, page).await?;
            loaded.extend(pages.into_iter().map(|(shop, slice)| (Self { shop, order, stars, page }, slice)));
        }
        Ok(loaded)
    }
}

impl Key for ReviewsSince {
    type Value = Vec<db::Review>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Self::Value>> {
        let mut loaded = HashMap::new();
        for key in keys {
            loaded.insert(*key, db::Review::of_shop_since(conn, key.shop, key.after, MOST_AT_ONCE).await?);
        }
        Ok(loaded)
    }
}

impl Key for ReviewsBy {
    type Value = db::Slice<db::Review>;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, Self::Value>> {
        let mut loaded = HashMap::new();
        for (page, authors) in group(keys, |key| (key.page, key.author)) {
            let pages = db::Review::pages_of_authors(conn, &authors, page).await?;
            loaded.extend(pages.into_iter().map(|(author, slice)| (Self { author, page }, slice)));
        }
        Ok(loaded)
    }
}

impl Key for ViewersReviewOf {
    type Value = db::Review;

    async fn load(keys: &[Self], conn: &mut db::Conn) -> db::Result<HashMap<Self, db::Review>> {
        let mut loaded = HashMap::new();
        for (viewer, shops) in group(keys, |key| (key.viewer, key.shop)) {
            let reviews = db::Review::of_author_and_shops(conn, viewer, &shops).await?;
            loaded.extend(index(reviews, |review| Self { viewer, shop: review.shop_id }));
        }
        Ok(loaded)
    }
}
