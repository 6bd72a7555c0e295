//! Cursors: where a page ended, in a form that is opaque to clients.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{Error, Result};

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

/// What a list is ordered by, as far as a cursor must tell.
pub trait Position: Sized {
    fn encode(&self, bytes: &mut Vec<u8>);
    fn decode(bytes: &[u8]) -> Option<Self>;
}

impl Cursor {
    /// `order` keeps a cursor of one order from being taken for that of another.
    pub fn new(order: u8, position: &impl Position) -> Self {
        let mut bytes = vec![order];
        position.encode(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    pub fn position<P: Position>(&self, order: u8) -> Result<P> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).ok();
        bytes
            .as_deref()
            .and_then(<[u8]>::split_first)
            .filter(|(found, _)| **found == order)
            .and_then(|(_, position)| P::decode(position))
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

positions! { CommentId FollowId LikeId ReviewId ShopId }

impl<Id: Position> Position for db::Rank<Id> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.value.to_be_bytes());
        self.id.encode(bytes);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (value, id) = bytes.split_first_chunk()?;
        Some(Self { value: f64::from_be_bytes(*value), id: Id::decode(id)? })
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
