//! Text as it is searched: without case, accents and width, in any script.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::Names;

/// The words by which a shop is found, folded.
#[derive(Clone, Debug, PartialEq, Eq, diesel_derive_newtype::DieselNewType)]
pub struct SearchText(String);

impl SearchText {
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let words: Vec<&str> = words.into_iter().collect();
        Self(fold(&words.join(" ")))
    }

    /// A shop is found by its names, its brand, its cuisines, and the names of its category.
    pub fn of_shop(name: &str, names: &Names, brand: Option<&str>, cuisines: &[String], category: &Names) -> Self {
        let names = names.0.values().map(String::as_str);
        let kind = cuisines.iter().chain(category.0.values()).map(String::as_str);
        Self::new([name].into_iter().chain(names).chain(brand).chain(kind))
    }
}

/// Folds a text for search by trigrams.
///
/// Ideographs and kana are set apart by blanks: `pg_trgm` then takes each for a word of its own, and finds 火锅 in 海底捞火锅,
/// which has no trigram in common with it otherwise.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let decomposed = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    for c in decomposed {
        if is_word_by_itself(c) {
            folded.extend([' ', c, ' ']);
        } else {
            folded.push(if c.is_alphanumeric() { c } else { ' ' });
        }
    }
    let words: Vec<&str> = folded.split_whitespace().collect();
    words.join(" ")
}

fn is_word_by_itself(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30ff}'        // hiragana, katakana
        | '\u{3400}'..='\u{4dbf}'      // Han, extension A
        | '\u{4e00}'..='\u{9fff}'      // Han
        | '\u{f900}'..='\u{faff}'      // Han, compatibility
        | '\u{20000}'..='\u{323af}') // Han, extensions B to H
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn case_accents_width_and_punctuation_do_not_matter() {
        assert_eq!(fold("  Café “Ekberg”  Ｎo.１ "), "cafe ekberg no 1");
    }

    #[test]
    fn ideographs_are_words() {
        assert_eq!(fold("海底捞火锅 Haidilao"), "海 底 捞 火 锅 haidilao");
    }

    #[test]
    fn an_apostrophe_does_not_glue_words() {
        assert_eq!(fold("Fazer's"), "fazer s");
    }
}
