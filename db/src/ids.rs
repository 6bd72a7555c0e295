//! Typed identifiers, so that a shop's id can never be passed for a user's.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use diesel_derive_newtype::DieselNewType;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

macro_rules! ids {
    ($($name:ident)*) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DieselNewType)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, greater than every id this process made before it.
            #[expect(clippy::new_without_default, reason = "no two are alike")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id of something that happened at a given time.
            pub fn at(time: DateTime<Utc>, random: [u8; 10]) -> Self {
                let millis = time.timestamp_millis().max(0).unsigned_abs();
                Self(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// Below every id made at `time` or later.
            pub fn earliest_at(time: DateTime<Utc>) -> Self {
                Self::at(time, [0; 10])
            }

            /// When the id was made, to the millisecond; none if it is no UUIDv7.
            pub fn time(self) -> Option<DateTime<Utc>> {
                let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
                DateTime::from_timestamp(seconds.try_into().ok()?, nanos)
            }

            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    CategoryId CommentId EventId FollowId LikeId NotificationId ReportId ReviewId SessionId ShopId UserId
}
