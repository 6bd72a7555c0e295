//! Sentences made of parts that are made of parts.
//!
//! A file holds rules: `[name]`, then phrases, between `|` or on lines of their own. A phrase names other rules in braces.
//! `[name.cafe, name.bar]` is what `{name}` means for cafes and bars, `[name.eat]` for all of Food, and `[name]` for all else.

use std::collections::HashMap;

use anyhow::Context;
use rand::RngExt;

use super::super::chance::Random;

#[derive(Debug, Default)]
pub(super) struct Grammar {
    /// The phrases of each rule.
    rules: Vec<Vec<Phrase>>,
    by_name: HashMap<&'static str, usize>,
    /// The numbers of the names in braces and of those before the dot.
    symbols: HashMap<&'static str, usize>,
}

type Phrase = Vec<Part>;

#[derive(Debug)]
enum Part {
    Text(&'static str),
    Symbol(usize),
}

/// Which rule each symbol stands for when a certain kind of shop is spoken of.
#[derive(Debug)]
pub(super) struct Voice(Vec<Option<usize>>);

/// Phrases a text has used: it shall not repeat itself.
#[derive(Debug, Default)]
pub(super) struct Said(Vec<(usize, usize)>);

impl Grammar {
    pub(super) fn parse(text: &'static str) -> anyhow::Result<Self> {
        let mut grammar = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(names) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                for name in names.split(", ") {
                    grammar.by_name.insert(name, grammar.rules.len());
                    grammar.symbol(name.split_once('.').map_or(name, |(symbol, _)| symbol));
                }
                grammar.rules.push(Vec::new());
                continue;
            }
            for phrase in line.split('|').map(str::trim).filter(|phrase| !phrase.is_empty()) {
                let phrase = grammar.phrase(phrase)?;
                grammar.rules.last_mut().context("a phrase before the first [rule]")?.push(phrase);
            }
        }
        Ok(grammar)
    }

    fn phrase(&mut self, mut rest: &'static str) -> anyhow::Result<Phrase> {
        let mut parts = Vec::new();
        while let Some((text, symbol)) = rest.split_once('{') {
            let (symbol, after) = symbol.split_once('}').with_context(|| format!("a brace is not closed: {rest}"))?;
            parts.extend([Part::Text(text), Part::Symbol(self.symbol(symbol))]);
            rest = after;
        }
        parts.push(Part::Text(rest));
        Ok(parts)
    }

    fn symbol(&mut self, name: &'static str) -> usize {
        let next = self.symbols.len();
        *self.symbols.entry(name).or_insert(next)
    }

    pub(super) fn voice(&self, category: &str, top: &str) -> Voice {
        let mut voice = vec![None; self.symbols.len()];
        for (symbol, &number) in &self.symbols {
            let specific = [format!("{symbol}.{category}"), format!("{symbol}.{top}")];
            let names = specific.iter().map(String::as_str).chain([*symbol]);
            voice[number] = names.into_iter().find_map(|name| self.by_name.get(name).copied());
        }
        Voice(voice)
    }

    /// Writes a sentence, which begins with a capital letter.
    pub(super) fn write(&self, voice: &Voice, symbol: &str, random: &mut Random, said: &mut Said, text: &mut String) {
        let Some(&symbol) = self.symbols.get(symbol) else { return };
        let start = text.len();
        self.expand(voice, symbol, random, said, text);
        if let Some(first) = text[start..].chars().next() {
            text.replace_range(start..start + first.len_utf8(), &first.to_uppercase().to_string());
        }
    }

    fn expand(&self, voice: &Voice, symbol: usize, random: &mut Random, said: &mut Said, text: &mut String) {
        let Some(rule) = voice.0[symbol] else { return };
        let phrases = &self.rules[rule];
        let mut choice = random.random_range(0..phrases.len());
        for _ in 0..6 {
            if !said.0.contains(&(rule, choice)) {
                break;
            }
            choice = random.random_range(0..phrases.len());
        }
        said.0.push((rule, choice));
        for part in &phrases[choice] {
            match *part {
                Part::Text(words) => text.push_str(words),
                Part::Symbol(symbol) => self.expand(voice, symbol, random, said, text),
            }
        }
    }

    /// Symbols in braces that stand for nothing.
    #[cfg(test)]
    pub(super) fn missing(&self, voice: &Voice) -> Vec<&'static str> {
        let asked = voice.0.iter().flatten().flat_map(|&rule| &self.rules[rule]).flatten();
        let asked = asked.filter_map(|part| match *part {
            Part::Symbol(symbol) if voice.0[symbol].is_none() => Some(symbol),
            _ => None,
        });
        let name = |number| self.symbols.iter().find(|&(_, &other)| other == number).map(|(name, _)| *name);
        asked.filter_map(name).collect()
    }
}
