use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::{Parsed, fault};

const SHORTEST: usize = 8;
const LONGEST: usize = 128;
/// Nobody types so much; a mere bound on work.
const MOST_BYTES: usize = 4 * 1024;

/// A password to be set, of any characters. Their number is all that is asked of it, as
/// [NIST](https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver) has it.
pub fn new_password(field: &str, text: &str) -> Parsed<String> {
    let length = text.graphemes(true).count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        return fault(field, format!("must have from {SHORTEST} to {LONGEST} characters, but has {length}"));
    }
    password(field, text)
}

/// A password that may be right. The same characters may be written as different code points, so they are normalised.
pub fn password(field: &str, text: &str) -> Parsed<String> {
    if text.len() > MOST_BYTES {
        return fault(field, format!("must be of at most {MOST_BYTES} bytes"));
    }
    Ok(text.nfc().collect())
}
