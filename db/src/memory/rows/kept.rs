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
