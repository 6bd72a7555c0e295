//! Ids as clients see them: opaque, unique over all types, and telling [`crate::node`] what they are the id of.

use async_graphql::ID;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{Error, Result};

/// A typed id that goes by a letter of its own in the global one. The letters are part of the contract: never reuse one.
pub trait GlobalId: Sized {
    const LETTER: u8;
    /// What it is the id of, for messages.
    const WHAT: &'static str;

    fn to_bytes(self) -> [u8; 16];
    fn from_bytes(bytes: [u8; 16]) -> Self;
}

macro_rules! global_ids {
    ($($id:ident $letter:literal $what:literal)*) => {$(
        impl GlobalId for db::$id {
            const LETTER: u8 = $letter;
            const WHAT: &'static str = $what;

            fn to_bytes(self) -> [u8; 16] {
                self.to_bytes()
            }

            fn from_bytes(bytes: [u8; 16]) -> Self {
                Self::from_bytes(bytes)
            }
        }
    )*};
}

global_ids! {
    CategoryId b'a' "a category"
    CommentId b'c' "a comment"
    NotificationId b'n' "a notification"
    ReportId b'p' "a report"
    ReviewId b'r' "a review"
    SessionId b'e' "a session"
    ShopId b's' "a shop"
    UserId b'u' "a user"
}

pub fn encode<Id: GlobalId>(id: Id) -> ID {
    let mut bytes = [Id::LETTER; 17];
    bytes[1..].copy_from_slice(&id.to_bytes());
    ID(URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads the id that a client gave as the argument or input field called `field`.
pub fn decode<Id: GlobalId>(field: &'static str, id: &ID) -> Result<Id> {
    let (letter, bytes) = split(field, id)?;
    if letter != Id::LETTER {
        return Err(Error::BadInput { field, reason: format!("is not the id of {}", Id::WHAT) });
    }
    Ok(Id::from_bytes(bytes))
}

/// The letter and the rest.
pub fn split(field: &'static str, id: &ID) -> Result<(u8, [u8; 16])> {
    let invalid = || Error::BadInput { field, reason: "is not an id of this API".into() };
    let mut bytes = [0; 17];
    let length = URL_SAFE_NO_PAD.decode_slice(id.as_bytes(), &mut bytes).map_err(|_| invalid())?;
    let (letter, rest) = bytes[..length].split_first().ok_or_else(invalid)?;
    Ok((*letter, rest.try_into().map_err(|_| invalid())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_journey() {
        let id = db::ShopId::new();
        assert_eq!(decode::<db::ShopId>("id", &encode(id)).ok(), Some(id));
    }

    #[test]
    fn an_id_of_another_type_is_refused() {
        let error = decode::<db::UserId>("userId", &encode(db::ShopId::new())).err().map(|error| error.message());
        assert_eq!(error.as_deref(), Some("`userId` is not the id of a user"));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "s", "shop:1", "0".repeat(22).as_str(), "0".repeat(24).as_str(), "Ünïcode"] {
            assert!(split("id", &ID(text.to_owned())).is_err(), "{text}");
        }
    }
}
