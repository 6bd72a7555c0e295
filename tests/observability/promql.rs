//! As much of `PromQL` as it takes to see which metrics and labels an expression names. That it parses, promtool sees to.

use std::collections::BTreeSet;

/// What an expression names.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Named {
    pub(crate) metrics: BTreeSet<String>,
    /// Of the matchers of a metric, with its name.
    pub(crate) matched: BTreeSet<(String, String)>,
    /// Of `by`, `on` and the like.
    pub(crate) grouped: BTreeSet<String>,
}

const GROUPING: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
const WORDS: [&str; 6] = ["and", "or", "unless", "bool", "offset", "inf"];

pub(crate) fn named(expr: &str) -> Named {
    let tokens = tokens(expr);
    let mut named = Named::default();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1).map(String::as_str);
        if GROUPING.contains(&token.as_str()) && next == Some("(") {
            let until = end(&tokens, at + 1, ")");
            named.grouped.extend(tokens[at + 2..until].iter().filter(|token| is_name(token)).cloned());
            at = until;
        } else if is_name(token) && !is_call(next) && !WORDS.contains(&token.as_str()) {
            named.metrics.insert(token.clone());
            if next == Some("{") {
                let until = end(&tokens, at + 1, "}");
                let labels = tokens[at + 2..until].iter().filter(|token| is_name(token));
                named.matched.extend(labels.map(|label| (token.clone(), label.clone())));
                at = until;
            }
        } else if token == "[" {
            at = end(&tokens, at, "]");
        }
        at += 1;
    }
    named
}

fn end(tokens: &[String], from: usize, close: &str) -> usize {
    tokens[from..].iter().position(|token| token == close).map_or(tokens.len(), |length| from + length)
}

/// Functions are followed by arguments, aggregations by those or by what they group by.
fn is_call(next: Option<&str>) -> bool {
    next.is_some_and(|next| ["(", "by", "without"].contains(&next))
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_' || first == ':')
}

/// Names, and single characters of everything else; what is quoted, numbers with their units, and comments are left out.
fn tokens(expr: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = expr;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => quoted(rest, first),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            _ if is_name(rest) || first.is_ascii_digit() => {
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len())
            }
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if !matches!(first, '"' | '\'' | '#') && !first.is_ascii_digit() && !first.is_whitespace() {
            tokens.push(token.to_owned());
        }
        rest = after;
    }
    tokens
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\\' if !escaped => escaped = true,
            _ if c == quote && !escaped => return at + 1,
            _ => escaped = false,
        }
    }
    text.len()
}

#[test]
fn an_expression_tells_its_metrics_and_its_labels() {
    let named = named(
        "sum by (le, job) (rate(a_bucket{x=~\"b{c}\", y!='d'}[5m] offset 1d)) # e\n / on (job) group_left () f:g > bool 0.5 * 2e3",
    );
    let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(named.metrics, set(&["a_bucket", "f:g"]));
    assert_eq!(named.grouped, set(&["le", "job"]));
    assert_eq!(named.matched, [("a_bucket", "x"), ("a_bucket", "y")].map(|(a, b)| (a.into(), b.into())).into());
}
