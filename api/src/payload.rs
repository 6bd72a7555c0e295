//! What mutations return.

use crate::Result;
use crate::doors;
use crate::user_error::{Refusal, UserError};

/// What a mutation returns: its result, or why it did nothing.
pub trait Answer: Sized {
    fn refused(user_errors: Vec<UserError>) -> Self;
}

/// Answers with what `work` makes, or with the reasons why it makes nothing.
pub async fn payload<P: Answer>(work: impl Future<Output = Result<P, Refusal>>) -> Result<P> {
    match work.await {
        Ok(payload) => Ok(payload),
        Err(Refusal::Input(user_errors)) => {
            doors::refuse(&user_errors);
            Ok(P::refused(user_errors))
        }
        Err(Refusal::Error(error)) => Err(error),
    }
}

/// Declares the payload of a mutation: what it makes, and `userErrors`.
macro_rules! payloads {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ })*) => {$(
        $(#[$meta])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $($(#[$field_meta])* pub(crate) $field: Option<$type>,)+
            /// Why nothing was done; empty if it was.
            pub(crate) user_errors: Vec<$crate::user_error::UserError>,
        }

        impl $name {
            pub(crate) fn new($($field: $type),+) -> Self {
                Self { $($field: Some($field),)+ user_errors: Vec::new() }
            }
        }

        impl $crate::payload::Answer for $name {
            fn refused(user_errors: Vec<$crate::user_error::UserError>) -> Self {
                Self { $($field: None,)+ user_errors }
            }
        }
    )*};
}

pub(crate) use payloads;
