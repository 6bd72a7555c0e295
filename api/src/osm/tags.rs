//! The tags of one object, and the cleaning of text that anyone on earth may have written.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// OpenStreetMap's own limit on a value.
pub(super) const VALUE_LIMIT: usize = 255;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tags<'a>(Vec<(&'a str, &'a str)>);

/// Tags that outlive the block they were read from.
pub(super) type OwnedTags = Vec<(String, String)>;

impl<'a> Tags<'a> {
    pub(super) fn new(tags: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(tags.collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The first of the keys that has a value, cleaned.
    pub(super) fn text(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| clean(self.get(key)?, VALUE_LIMIT))
    }

    pub(super) fn is_set(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value != "no")
    }

    pub(super) fn to_owned(&self) -> OwnedTags {
        self.iter().map(|(key, value)| (key.into(), value.into())).collect()
    }
}

/// NFC, blanks collapsed, invisible characters dropped, cut at `limit` characters; none if nothing
/// remains.
pub(super) fn clean(text: &str, limit: usize) -> Option<String> {
    let composed = match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        // Cut before composing too: a value may be megabytes of combining marks.
        _ => text.chars().take(4 * limit).nfc().collect(),
    };
    let visible: String = composed
        .chars()
        .filter(|&char| !is_invisible(char))
        .map(|char| if char.is_control() { ' ' } else { char })
        .take(4 * limit)
        .collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let cleaned: String = words.join(" ").chars().take(limit).collect();
    let cleaned = cleaned.trim_end();
    (!cleaned.is_empty()).then(|| cleaned.to_owned())
}

/// Marks that turn the direction of the text after them, and a stray byte order mark. Joiners stay:
/// several scripts need them.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_composed_and_free_of_control_characters() {
        assert_eq!(clean(" Cafe\u{301}\t\u{202e}Engel\n", 255).as_deref(), Some("Café Engel"));
        assert_eq!(clean(" \u{0}\u{feff} ", 255), None);
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(clean("美食城", 2).as_deref(), Some("美食"));
        assert_eq!(clean("ab c", 3).as_deref(), Some("ab"));
    }
}
