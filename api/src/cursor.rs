//! Cursors: where a page ended, in a form that is opaque to clients.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{Error, Result};

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

/// A list and its order, by which a cursor is known to belong there. The numbers are part of the contract: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List(u8, u8);

impl List {
    pub const COMMENTS_OF_REVIEW: Self = Self(1, 0);
    pub const FEED: Self = Self(2, 0);
    pub const FOLLOWERS: Self = Self(3, 0);
    pub const FOLLOWING: Self = Self(4, 0);
    pub const LIKERS: Self = Self(5, 0);
    pub const MUTUAL_FOLLOWS: Self = Self(6, 0);
    pub const REPLIES: Self = Self(7, 0);
    pub const REVIEWS_BY_USER: Self = Self(8, 0);
    pub const REVIEWS_OF_SHOP: Self = Self(9, 0);
    pub const SHOPS: Self = Self(10, 0);
    pub const TRENDS: Self = Self(11, 0);
    pub const OPEN_REPORTS: Self = Self(12, 0);
    pub const NOTIFICATIONS: Self = Self(13, 0);
    pub const SHOPS_OF_OWNER: Self = Self(14, 0);

    /// The same list by one of several orders.
    pub const fn by(self, order: u8) -> Self {
        Self(self.0, order)
    }
}

/// What a list is ordered by, as far as a cursor must tell.
pub trait Position: Sized {
    fn encode(&self, bytes: &mut Vec<u8>);
    fn decode(bytes: &[u8]) -> Option<Self>;
}

impl Cursor {
    pub fn new(list: List, position: &impl Position) -> Self {
        let mut bytes = vec![list.0, list.1];
        position.encode(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    pub fn position<P: Position>(&self, list: List) -> Result<P> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).ok();
        bytes
            .as_deref()
            .and_then(|bytes| bytes.strip_prefix(&[list.0, list.1]))
            .and_then(P::decode)
            .ok_or_else(|| Error::BadInput { field: "after", reason: "is not a cursor of this list and order".into() })
    }
}

macro_rules! positions {
    ($($id:ident)*) => {$(
        impl Position for db::$id {
            fn encode(&self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_bytes());
            }

            fn decode(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self::from_bytes)
            }
        }
    )*};
}

positions! { CommentId FollowId LikeId ReportId ReviewId ShopId }

/// A number that a list counts its items by.
impl Position for i64 {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl<Id: Position> Position for db::Rank<Id> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.value.to_be_bytes());
        self.id.encode(bytes);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (value, id) = bytes.split_first_chunk()?;
        let value = Some(f64::from_be_bytes(*value)).filter(|value| value.is_finite())?;
        Some(Self { value, id: Id::decode(id)? })
    }
}

/// A place in a list, opaque to clients. Pass the `endCursor` of one page as `after` to get the next.
///
/// It stays good as long as the list has the same arguments; items that come and go meanwhile do not disturb it.
#[Scalar]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            value => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
