//! From what a client sends to what can't be wrong: each parser takes the name of a field and its value, and [`all`] reports what
//! is wrong with all of them at once.

mod characters;
mod email;
mod handle;
mod password;
mod text;

use std::fmt::Display;
use std::ops::RangeInclusive;

use async_graphql::{ID, InputType, MaybeUndefined};
use aws_lc_rs::digest::{SHA256, digest};

use crate::Error;
use crate::global_id::{self, GlobalId};
use crate::user_error::UserError;

pub use email::{Email, email};
pub use handle::{Handle, handle};
pub use password::{new_password, password};
pub use text::{Length, is_blank, line, prose};

/// A value, or all that is wrong with it.
pub type Parsed<T> = Result<T, Vec<UserError>>;

pub fn fault<T>(field: &str, reason: impl Display) -> Parsed<T> {
    Err(vec![UserError::bad_input(field, reason)])
}

/// The values of several parsers, or all that is wrong with any of them.
pub fn all<P: All>(parsed: P) -> Parsed<P::Values> {
    parsed.all()
}

/// Several parsed fields.
pub trait All {
    type Values;

    fn all(self) -> Parsed<Self::Values>;
}

macro_rules! tuples {
    ($($(($value:ident $index:tt))+;)*) => {$(
        impl<$($value),+> All for ($(Parsed<$value>,)+) {
            type Values = ($($value,)+);

            fn all(mut self) -> Parsed<Self::Values> {
                let mut faults = Vec::new();
                $(if let Err(found) = &mut self.$index { faults.append(found) })+
                match self {
                    ($(Ok($value),)+) => Ok(($($value,)+)),
                    _ => Err(faults),
                }
            }
        }
    )*};
}

#[expect(non_snake_case, reason = "the names of types serve for their values, too")]
mod tuples {
    use super::{All, Parsed};

    tuples! {
        (A 0) (B 1);
        (A 0) (B 1) (C 2);
        (A 0) (B 1) (C 2) (D 3);
        (A 0) (B 1) (C 2) (D 3) (E 4);
    }
}

/// A field that may be left out or null.
pub fn optional<T, U>(value: Option<T>, parse: impl FnOnce(T) -> Parsed<U>) -> Parsed<Option<U>> {
    value.map(parse).transpose()
}

/// A field that leaves things as they are if it is left out, and takes them away if it is null.
pub fn change<T, U>(value: MaybeUndefined<T>, parse: impl FnOnce(T) -> Parsed<U>) -> Parsed<Option<Option<U>>> {
    match value {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => Ok(Some(None)),
        MaybeUndefined::Value(value) => parse(value).map(|value| Some(Some(value))),
    }
}

/// A text that leaves things as they are if it is left out, and takes them away if it is null or empty.
pub fn text_change<T>(
    value: MaybeUndefined<String>,
    parse: impl FnOnce(String) -> Parsed<T>,
) -> Parsed<Option<Option<T>>> {
    match value {
        MaybeUndefined::Value(text) if is_blank(&text) => Ok(Some(None)),
        value => change(value, parse),
    }
}

/// A text that may be left out, null or empty.
pub fn optional_text<T>(text: Option<&str>, parse: impl FnOnce(&str) -> Parsed<T>) -> Parsed<Option<T>> {
    optional(text.filter(|text| !is_blank(text)), parse)
}

pub fn id<Id: GlobalId>(field: &'static str, id: &ID) -> Parsed<Id> {
    global_id::decode(field, id).map_err(|error| vec![refused(field, &error)])
}

/// What can be liked or reported.
pub fn subject(field: &'static str, id: &ID) -> Parsed<db::LikeSubject> {
    match global_id::split(field, id) {
        Ok((db::ReviewId::LETTER, bytes)) => Ok(db::LikeSubject::Review(db::ReviewId::from_bytes(bytes))),
        Ok((db::CommentId::LETTER, bytes)) => Ok(db::LikeSubject::Comment(db::CommentId::from_bytes(bytes))),
        Ok(_) => fault(field, "is neither the id of a review nor that of a comment"),
        Err(error) => Err(vec![refused(field, &error)]),
    }
}

fn refused(field: &str, error: &Error) -> UserError {
    match error {
        Error::BadInput { reason, .. } => UserError::bad_input(field, reason),
        error => UserError::bad_input(field, error.message()),
    }
}

pub fn within<N: PartialOrd + Display>(field: &str, value: N, range: RangeInclusive<N>) -> Parsed<N> {
    if range.contains(&value) {
        return Ok(value);
    }
    fault(field, format!("must be within {} and {}, but is {value}", range.start(), range.end()))
}

/// From 1 to 5.
pub fn stars(field: &str, rating: i32) -> Parsed<i16> {
    within(field, rating, 1..=5).map(|rating| rating as i16)
}

/// The key, with a fingerprint of the whole input, by which a request is known again.
pub fn idempotency<I: InputType>(key: Option<&str>, mutation: &str, input: &I) -> Parsed<Option<db::Idempotency>> {
    const LONGEST: usize = 200;
    let Some(key) = key else { return Ok(None) };
    if !(1..=LONGEST).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let reason = format!("must be of 1 to {LONGEST} visible ASCII characters, such as a UUID");
        return fault("idempotencyKey", reason);
    }
    let request = format!("{mutation} {}", input.to_value());
    let mut request_hash = [0; 32];
    request_hash.copy_from_slice(digest(&SHA256, request.as_bytes()).as_ref());
    Ok(Some(db::Idempotency { key: key.to_owned(), request_hash }))
}
