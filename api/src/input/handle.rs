use super::{Parsed, fault};

/// Lower-case letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle(String);

impl Handle {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub fn handle(field: &str, text: &str) -> Parsed<Handle> {
    let handle = text.trim().to_ascii_lowercase();
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if (3..=30).contains(&handle.len()) && handle.bytes().all(is_plain) {
        return Ok(Handle(handle));
    }
    fault(field, "must be of 3 to 30 letters (a to z), digits and underscores")
}
