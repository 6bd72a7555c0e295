//! What people write, in their languages.

mod grammar;

use rand::RngExt;

use self::grammar::{Grammar, Said, Voice};
use super::chance::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Chinese,
    Finnish,
}

/// A kind of shop, as far as words differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(usize);

pub(super) struct Words {
    grammars: [Grammar; 3],
    /// The categories of kinds, and how each grammar speaks of them.
    kinds: Vec<(String, [Voice; 3])>,
}

/// What a text may say, sentence by sentence.
type Outline = Vec<&'static str>;

impl Words {
    pub(super) fn new() -> anyhow::Result<Self> {
        let grammars = [
            Grammar::parse(include_str!("en.txt"))?,
            Grammar::parse(include_str!("zh.txt"))?,
            Grammar::parse(include_str!("fi.txt"))?,
        ];
        let mut words = Self { grammars, kinds: Vec::new() };
        words.kind("", "");
        Ok(words)
    }

    pub(super) fn kind(&mut self, category: &str, top: &str) -> Kind {
        let known = self.kinds.iter().position(|(name, _)| name == category);
        Kind(known.unwrap_or_else(|| {
            let voices = self.grammars.each_ref().map(|grammar| grammar.voice(category, top));
            self.kinds.push((category.to_owned(), voices));
            self.kinds.len() - 1
        }))
    }

    /// Something that has nothing to do with any kind of shop.
    pub(super) fn say(&self, language: Language, symbol: &str, random: &mut Random) -> String {
        self.write(language, Kind(0), &[symbol], random)
    }

    pub(super) fn title(&self, language: Language, kind: Kind, rating: i16, random: &mut Random) -> String {
        let title = ["title1", "title2", "title3", "title4", "title5"][index(rating)];
        self.write(language, kind, &[title], random)
    }

    pub(super) fn review(&self, language: Language, kind: Kind, rating: i16, random: &mut Random) -> String {
        self.write(language, kind, &outline(rating, random), random)
    }

    pub(super) fn comment(&self, language: Language, rating: i16, random: &mut Random) -> String {
        let symbol = match random.random_range(0..10) {
            0..3 => "question",
            _ if rating >= 4 => "agree",
            _ if rating <= 2 => "pity",
            _ => "remark",
        };
        self.say(language, symbol, random)
    }

    pub(super) fn merchant_reply(&self, language: Language, rating: i16, random: &mut Random) -> String {
        self.say(language, if rating >= 4 { "thanks" } else { "sorry" }, random)
    }

    fn write(&self, language: Language, kind: Kind, outline: &[&str], random: &mut Random) -> String {
        let place = language as usize;
        let (grammar, voice) = (&self.grammars[place], &self.kinds[kind.0].1[place]);
        let (mut text, mut said) = (String::new(), Said::default());
        for symbol in outline {
            if !text.is_empty() && language != Language::Chinese {
                text.push(' ');
            }
            grammar.write(voice, symbol, random, &mut said, &mut text);
        }
        text
    }
}

fn index(rating: i16) -> usize {
    usize::try_from(rating - 1).unwrap_or_default().min(4)
}

/// One to six sentences: how it came, what was good or bad, and what follows from it.
fn outline(rating: i16, random: &mut Random) -> Outline {
    let sentences = match random.random_range(0..100) {
        0..16 => 1,
        16..43 => 2,
        43..71 => 3,
        71..88 => 4,
        88..96 => 5,
        _ => 6,
    };
    let verdict = ["verdict1", "verdict2", "verdict3", "verdict4", "verdict5"][index(rating)];
    if sentences == 1 {
        return vec![match rating {
            4.. if random.random_bool(0.5) => "praise",
            ..=2 if random.random_bool(0.5) => "gripe",
            _ => verdict,
        }];
    }
    let mut outline = Outline::new();
    if sentences > 2 && random.random_bool(0.6) || random.random_bool(0.2) {
        outline.push("opening");
    }
    let closes = random.random_bool(0.55);
    let aspects = sentences - outline.len() - usize::from(closes);
    let kind = |number: usize, random: &mut Random| match rating {
        5 => "praise",
        4 if number > 0 && number + 1 == aspects && random.random_bool(0.4) => "quibble",
        4 => "praise",
        3 if number.is_multiple_of(2) => "praise",
        3 => ["quibble", "gripe"][random.random_range(0..2)],
        2 if number > 0 && number + 1 == aspects && random.random_bool(0.5) => "consolation",
        _ => "gripe",
    };
    outline.extend((0..aspects).map(|number| kind(number, random)));
    if closes {
        outline.push(verdict);
    }
    outline
}

#[cfg(test)]
mod tests {
    use super::super::chance;
    use super::*;

    const TOPS: [&str; 10] =
        ["eat", "nightlife", "shopping", "beauty", "health", "leisure", "culture", "stay", "services", "education"];

    #[test]
    fn every_text_is_complete_and_within_the_limits_of_its_column() -> anyhow::Result<()> {
        let mut words = Words::new()?;
        let mut random = chance::random(1, "test", 0);
        for (number, top) in TOPS.iter().cycle().take(3_000).enumerate() {
            let (kind, rating) = (words.kind(top, top), (number / 10 % 5 + 1) as i16);
            let language = [Language::English, Language::Chinese, Language::Finnish][number % 3];
            for (text, most) in [
                (words.review(language, kind, rating, &mut random), 2_000),
                (words.title(language, kind, rating, &mut random), 100),
                (words.comment(language, rating, &mut random), 1_000),
                (words.say(language, "reply", &mut random), 1_000),
                (words.merchant_reply(language, rating, &mut random), 1_000),
                (words.say(language, "bio", &mut random), 200),
            ] {
                assert!((2..=most).contains(&text.chars().count()), "{text}");
                assert!(!text.contains(['{', '}', '|']) && !text.contains("  ") && text == text.trim(), "{text}");
            }
        }
        Ok(())
    }

    #[test]
    fn no_rule_asks_for_one_that_is_missing() -> anyhow::Result<()> {
        for grammar in &Words::new()?.grammars {
            for top in TOPS {
                assert_eq!(grammar.missing(&grammar.voice(top, top)), Vec::<&str>::new(), "{top}");
            }
        }
        Ok(())
    }
}
