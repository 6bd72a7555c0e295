use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::characters::{self, is_visible};
use super::{Parsed, fault};

/// How long a text may be: in what people take for characters, and in code points, of which these can have any number.
#[derive(Clone, Copy, Debug)]
pub struct Length {
    graphemes: usize,
    code_points: usize,
}

impl Length {
    pub const fn up_to(graphemes: usize, code_points: usize) -> Self {
        Self { graphemes, code_points }
    }
}

/// Whether there is nothing to be seen in it.
pub fn is_blank(text: &str) -> bool {
    !text.chars().any(is_visible)
}

/// A text of one line, trimmed and in Unicode's normal form C.
pub fn line(field: &str, text: &str, length: Length) -> Parsed<String> {
    let text = normal(text);
    if text.contains('\n') {
        return fault(field, "must be of one line");
    }
    checked(field, text, length)
}

/// A text of any number of lines, trimmed and in Unicode's normal form C.
pub fn prose(field: &str, text: &str, length: Length) -> Parsed<String> {
    checked(field, normal(text), length)
}

fn normal(text: &str) -> String {
    let text: String = text.nfc().collect();
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n").replace('\t', " ");
    characters::trimmed(&text).to_owned()
}

fn checked(field: &str, text: String, length: Length) -> Parsed<String> {
    if let Some(reason) = characters::fault(&text) {
        return fault(field, reason);
    }
    if is_blank(&text) {
        return fault(field, "must not be empty");
    }
    let graphemes = text.graphemes(true).count();
    if graphemes > length.graphemes {
        return fault(field, format!("must have at most {} characters, but has {graphemes}", length.graphemes));
    }
    let code_points = text.chars().count();
    if code_points > length.code_points {
        let most = length.code_points;
        return fault(field, format!("is too long: it may have {most} code points of Unicode, but has {code_points}"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Length = Length::up_to(5, 12);

    fn message(parsed: Parsed<String>) -> String {
        parsed.expect_err("a fault").remove(0).message
    }

    #[test]
    fn a_text_is_trimmed_and_normalised() {
        assert_eq!(line("name", "  Cafe\u{301}\u{3000}", SHORT), Ok("Café".into()));
        assert_eq!(prose("body", "a\r\nb\rc\u{2028}\n", SHORT), Ok("a\nb\nc".into()));
        assert_eq!(line("name", "a\tb", SHORT), Ok("a b".into()));
        assert_eq!(line("name", "\u{200b}\u{200b}Ada\u{200b}", SHORT), Ok("Ada".into()));
    }

    #[test]
    fn what_people_take_for_a_character_counts_as_one() {
        assert_eq!(line("name", "👨‍👩‍👧‍👦火锅é", SHORT), Ok("👨‍👩‍👧‍👦火锅é".into()));
        assert_eq!(message(line("name", "abcdef", SHORT)), "`name` must have at most 5 characters, but has 6");
        let zalgo = message(line("name", "Z̷̢̧̛̛͇̱̟a̴̡̛l̶g̵o̶", SHORT));
        assert!(zalgo.starts_with("`name` is too long: it may have 12 code points of Unicode, but has "), "{zalgo}");
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for empty in ["", "  \n ", "\u{200b}\u{200d}", "\u{3164}", "\u{2800}"] {
            assert_eq!(message(prose("body", empty, SHORT)), "`body` must not be empty", "{empty:?}");
        }
        assert_eq!(message(line("name", "a\0b", SHORT)), "`name` has a control character (U+0000)");
        assert_eq!(message(line("name", "a\u{202e}b", SHORT)), "`name` has a control character (U+202E)");
        assert_eq!(message(line("name", "a\nb", SHORT)), "`name` must be of one line");
    }
}
