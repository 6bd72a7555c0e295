use std::fmt;
use std::hash::Hash;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Category, CategoryId, Conn, Result, Review, ReviewId, Shop, ShopId, User, UserId};

/// A row that is the same to everybody who may see it, and has nothing in it that is not for everybody.
pub trait Kept: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    type Id: Copy + Eq + Hash + Into<RowId> + Send + Sync + 'static;

    fn id(&self) -> Self::Id;

    /// The id, if it is one of these rows.
    fn of(row: RowId) -> Option<Self::Id>;

    /// Those of the rows that everybody may see.
    fn find_many(conn: &mut Conn, ids: &[Self::Id]) -> impl Future<Output = Result<Vec<Self>>> + Send;
}

macro_rules! kept {
    ($($row:ident($id:ident) $name:literal)*) => {
        /// Which row.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum RowId {
            $($row($id),)*
        }

        /// What is kept apart, and counted apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind {
            $($row,)*
        }

        impl RowId {
            pub(super) fn kind(self) -> Kind {
                match self {
                    $(Self::$row(_) => Kind::$row,)*
                }
            }
        }

        impl From<RowId> for Uuid {
            fn from(row: RowId) -> Self {
                match row {
                    $(RowId::$row(id) => id.into(),)*
                }
            }
        }

        /// The name in Redis. Whoever changes what a row looks like, or what a column means, gives it another number.
        impl fmt::Display for RowId {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$row(id) => write!(f, concat!($name, ":{}"), id),)*
                }
            }
        }

        impl Kind {
            pub(super) const ALL: [Self; [$($name),*].len()] = [$(Self::$row),*];

            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$row => stringify!($row),)*
                }
            }
        }

        $(
            impl From<$id> for RowId {
                fn from(id: $id) -> Self {
                    Self::$row(id)
                }
            }

            impl Kept for $row {
                type Id = $id;

                fn id(&self) -> $id {
                    self.id
                }

                fn of(row: RowId) -> Option<$id> {
                    match row {
                        RowId::$row(id) => Some(id),
                        _ => None,
                    }
                }

                async fn find_many(conn: &mut Conn, ids: &[$id]) -> Result<Vec<Self>> {
                    Self::find_many(conn, ids).await
                }
            }
        )*
    };
}

kept! {
    Shop(ShopId) "shop:1"
    User(UserId) "user:1"
    Review(ReviewId) "review:1"
    Category(CategoryId) "category:1"
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A row of another shape is to have another name in Redis, or instances of two releases would read each other's.
    fn is_the_shape_of<R: Kept>(row: &Value) {
        let read: R = serde_json::from_value(row.clone()).expect("a row of this shape");
        assert_eq!(serde_json::to_value(read).expect("plain data"), *row, "raise its number");
    }

    const ID: &str = "019bc000-0000-7000-8000-000000000101";
    const TIME: &str = "2026-11-21T10:00:00.123456Z";

    #[test]
    fn rows_of_other_shapes_have_other_names() {
        assert_eq!(RowId::Shop(ID.parse().expect("an id")).to_string(), format!("shop:1:{ID}"));
        is_the_shape_of::<Shop>(&json!({
            "id": ID, "version": 1, "owner_id": null, "category_id": ID, "name": "Noodles", "names": { "zh": "面" },
            "lat": 60.169_857_1, "lng": 24.938_379, "address": { "line": null, "area": null, "city": null, "postal_code": null },
            "country_code": "FI", "timezone": "Europe/Helsinki", "phone": null, "website": null, "opening_hours": null,
            "cuisines": ["noodles"], "photos": [], "price_level": 2, "average_spend_minor": 2000, "currency": "EUR",
            "ratings": { "rating_1": 0, "rating_2": 1, "rating_3": 0, "rating_4": 0, "rating_5": 3, "bayesian": 3.9 },
            "created_at": TIME, "updated_at": TIME,
        }));
        is_the_shape_of::<User>(&json!({
            "id": ID, "handle": "ada", "nickname": "Ada", "avatar_url": null, "bio": null, "city": "Espoo", "credits": 7,
            "follower_count": 1, "following_count": 2, "review_count": 3, "created_at": TIME,
        }));
        is_the_shape_of::<Review>(&json!({
            "id": ID, "version": 1, "shop_id": ID, "author_id": ID, "rating": 4, "title": null, "body": "Good",
            "like_count": 1, "comment_count": 2, "merchant_reply": null, "merchant_reply_at": null, "state": "visible",
            "created_at": TIME, "edited_at": null,
        }));
        is_the_shape_of::<Category>(
            &json!({ "id": ID, "slug": "bar", "parent_id": null, "names": { "en": "Bar" }, "icon": "x" }),
        );
    }
}
