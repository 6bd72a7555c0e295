//! Strings that are more than strings.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{NaiveDate, SecondsFormat, Utc};

macro_rules! text_scalars {
    ($($(#[$meta:meta])* $name:ident $graphql:literal)*) => {$(
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(pub String);

        $(#[$meta])*
        #[Scalar(name = $graphql)]
        impl ScalarType for $name {
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
    )*};
}

text_scalars! {
    /// An absolute address on the web, with scheme `http` or `https` ([RFC 3986](https://www.rfc-editor.org/rfc/rfc3986)).
    Url "URL"
    /// A telephone number as its owner writes it, mostly in the international form: `+358 9 6128 5200`.
    PhoneNumber "PhoneNumber"
}

/// An instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub chrono::DateTime<Utc>);

impl From<chrono::DateTime<Utc>> for DateTime {
    fn from(instant: chrono::DateTime<Utc>) -> Self {
        Self(instant)
    }
}

/// An instant, as [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) writes it: `2026-11-21T18:30:00Z`. Answers are in UTC;
/// arguments may have any offset.
#[Scalar]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text.parse()?)),
            value => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A day of the calendar, wherever that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A day, as [ISO 8601](https://www.iso.org/iso-8601-date-and-time-format.html) writes it: `2026-11-21`.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => {
                let day: NaiveDate = text.parse()?;
                // Chrono reads more than that: `2026-1-5`, `+12026-01-05`.
                if text.len() != "2026-11-21".len() || day.to_string() != text {
                    return Err(InputValueError::custom("a date is written like 2026-11-21"));
                }
                Ok(Self(day))
            }
            value => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
