//! Which characters of Unicode a text may have, and which of them nobody sees.

use unicode_normalization::char::canonical_combining_class;

/// The text without what cannot be seen at either end.
pub(super) fn trimmed(text: &str) -> &str {
    let text = text.trim_start_matches(|c| !is_visible(c));
    let mut end = text.len();
    let mut seen = text.char_indices().rev().peekable();
    while let Some((at, c)) = seen.next() {
        if is_visible(c) || seen.peek().is_some_and(|&(_, before)| completes(c, before)) || ends_a_flag(&text[..end]) {
            break;
        }
        end = at;
    }
    &text[..end]
}

/// Why the text cannot be as it is, if so.
pub(super) fn fault(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let code = u32::from(c);
        if is_control(c) {
            return Some(format!("has a control character (U+{code:04X})"));
        }
        if is_meaningless(c) {
            return Some(format!("has a character that Unicode gives no meaning (U+{code:04X})"));
        }
        if is_tag(c) {
            return Some(format!("has a tag character (U+{code:04X}) that belongs to no flag"));
        }
        rest = &rest[c.len_utf8()..];
        if c == BLACK_FLAG {
            rest = &rest[length_of_tags(rest)..];
        }
    }
    None
}

/// Not a blank, and not one of the joiners and fillers that look like nothing.
pub(super) fn is_visible(c: char) -> bool {
    let is_blank = c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}');
    !is_blank
}

/// Control characters, and those that make text read other than it is written.
fn is_control(c: char) -> bool {
    c != '\n' && c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Noncharacters, and what every font may draw as it likes.
fn is_meaningless(c: char) -> bool {
    u32::from(c) & 0xfffe == 0xfffe
        || matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Whether `c` changes how the character before it looks: a variation selector of an emoji or an ideograph, a joiner behind the
/// sign that mutes a vowel in the scripts of India.
fn completes(c: char, before: char) -> bool {
    const VIRAMA: u8 = 9;
    match c {
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180d}' => {
            is_visible(before) && !before.is_ascii()
        }
        '\u{200c}' | '\u{200d}' => canonical_combining_class(before) == VIRAMA,
        _ => false,
    }
}

/// Behind it, tags spell the part of a country whose flag it is: the only emoji with tags.
const BLACK_FLAG: char = '🏴';
const CANCEL: char = '\u{e007f}';

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// How many bytes the tags of a flag take that a text begins with; 0 if they spell none.
fn length_of_tags(text: &str) -> usize {
    let spelled = text.find(|c| !matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}')).unwrap_or(0);
    let is_code = (3..=6).contains(&text[..spelled].chars().count());
    if is_code && text[spelled..].starts_with(CANCEL) { spelled + CANCEL.len_utf8() } else { 0 }
}

fn ends_a_flag(text: &str) -> bool {
    text.rfind(BLACK_FLAG)
        .map(|at| &text[at + BLACK_FLAG.len_utf8()..])
        .is_some_and(|tags| !tags.is_empty() && length_of_tags(tags) == tags.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLAND: &str = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";

    #[test]
    fn what_cannot_be_seen_is_trimmed() {
        for hidden in [
            "\u{200b}",
            "\u{200d}",
            "\u{feff}",
            "\u{2060}",
            "\u{ad}",
            "\u{fe0f}",
            "\u{3164}",
            "\u{e0067}",
            " \n\u{3000}",
        ] {
            assert_eq!(trimmed(&format!("{hidden}{hidden}Ada{hidden}")), "Ada", "{hidden:?}");
        }
        assert_eq!(trimmed("\u{2066}Ada\u{2069}"), "Ada", "as telephones paste names");
        assert_eq!(trimmed("\u{200b} \u{200d}"), "");
        assert_eq!(trimmed(&format!("{ENGLAND}\u{200b}")), ENGLAND);
        assert_eq!(trimmed("🏴\u{e0067}\u{e0062}"), "🏴", "a flag that is not finished");
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in [
            "❤️",
            "1️⃣",
            "👨‍👩‍👧‍👦",
            "🏳️‍🌈",
            ENGLAND,
            "مرحبا",
            "می‌خواهم",
            "हिन्दी",
            "क्‍",
            "അവന്‍",
            "葛\u{e0100}",
            "邻里",
            "a\u{301}",
        ] {
            assert_eq!((trimmed(text), fault(text)), (text, None), "{text}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for text in [
            "\u{fffe}",
            "\u{ffff}",
            "\u{fdd0}",
            "\u{fdef}",
            "\u{1fffe}",
            "\u{10ffff}",
            "\u{e000}",
            "\u{f8ff}",
            "\u{f0000}",
            "\u{100000}",
        ] {
            assert!(fault(&format!("a{text}b")).is_some_and(|fault| fault.contains("no meaning")), "{text:?}");
        }
        for text in
            ["a\u{e0062}b", "🍜\u{e0067}\u{e0062}\u{e0065}\u{e007f}", "🏴\u{e0067}\u{e0062}\u{e0065}", "\u{e0001}a"]
        {
            assert!(fault(text).is_some_and(|fault| fault.contains("tag character")), "{text:?}");
        }
        assert_eq!(fault("a\0b").as_deref(), Some("has a control character (U+0000)"));
    }
}
