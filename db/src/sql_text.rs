//! What may be told of a statement: its text without the values in it, and a summary.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use diesel::connection::DebugQuery;

/// Longest text that is told.
const LONGEST: usize = 2 * 1024;

/// Most tables of a summary.
const TABLES: usize = 3;

/// What Diesel writes between the text and the values.
const BINDS: &str = " -- binds: ";

/// The text with `$1` where values are.
pub(crate) fn of(query: &dyn DebugQuery) -> String {
    let mut text = Text(String::new());
    // It fails where the values begin, which are never written.
    let _ = write!(text, "{query}");
    text.0.truncate(text.0.floor_char_boundary(LONGEST));
    text.0
}

struct Text(String);

impl Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        // Diesel writes the text in one piece, and then what comes before the values in another.
        let end = part.find(BINDS);
        self.0.push_str(&part[..end.unwrap_or(part.len())]);
        if end.is_some() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Most texts whose summaries are remembered: more than there are statements in the program, whose texts hardly vary.
const REMEMBERED: usize = 1_000;

static SUMMARIES: LazyLock<RwLock<HashMap<String, Arc<str>>>> = LazyLock::new(RwLock::default);

/// The operation and the first tables, such as `SELECT shops reviews`.
pub(crate) fn summary(text: &str) -> Arc<str> {
    if let Some(known) = SUMMARIES.read().unwrap_or_else(PoisonError::into_inner).get(text) {
        return known.clone();
    }
    let summary: Arc<str> = summarised(text).into();
    let mut summaries = SUMMARIES.write().unwrap_or_else(PoisonError::into_inner);
    if summaries.len() < REMEMBERED {
        summaries.insert(text.to_owned(), summary.clone());
    }
    summary
}

fn summarised(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let words = text.split(|letter: char| letter.is_whitespace() || matches!(letter, ')' | ',' | ';'));
    let words: Vec<&str> = words.map(|word| word.trim_start_matches('(')).filter(|word| !word.is_empty()).collect();
    let mut summary = operation(&words).to_ascii_uppercase();
    let (mut tables, mut given) = (Vec::new(), Vec::new());
    for pair in words.windows(2) {
        match pair {
            ["from" | "join" | "into" | "update", name] => {
                let table = name.trim_matches('"');
                if is_name(table) && !given.contains(&table) && !tables.contains(&table) && tables.len() < TABLES {
                    tables.push(table);
                }
            }
            // A name that is given in the statement is no table.
            [name, "as"] => given.push(*name),
            _ => {}
        }
    }
    for table in tables {
        summary.push(' ');
        summary.push_str(table);
    }
    summary
}

fn operation<'a>(words: &[&'a str]) -> &'a str {
    match words {
        ["with", rest @ ..] => {
            let writes = rest.iter().find(|word| matches!(**word, "insert" | "update" | "delete"));
            writes.copied().unwrap_or("select")
        }
        [first, ..] if first.bytes().all(|byte| byte.is_ascii_lowercase()) => first,
        _ => "other",
    }
}

/// Neither a function nor the beginning of a statement in the statement.
fn is_name(word: &str) -> bool {
    let is_keyword = matches!(word, "select" | "lateral" | "only" | "set" | "of" | "values");
    !is_keyword && !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_the_operation_and_the_tables() {
        for (text, expected) in [
            (r#"SELECT "shops"."id" FROM ("shops" INNER JOIN "reviews" ON true) WHERE x = $1"#, "SELECT shops reviews"),
            (r#"INSERT INTO "likes" ("id") VALUES ($1)"#, "INSERT likes"),
            (
                "select * from unnest($1::uuid[]) as u(id) cross join lateral (select 1 from comments) x",
                "SELECT comments",
            ),
            ("BEGIN", "BEGIN"),
            ("with page as (select 1 from shops) select * from page join users on true", "SELECT shops users"),
            ("with old as (select 1) update shops set name = $1 from old for update", "UPDATE shops"),
        ] {
            assert_eq!(&*summary(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_ends_where_the_values_begin() {
        use diesel::ExpressionMethods;
        use diesel::QueryDsl;
        let query = crate::schema::users::table.filter(crate::schema::users::handle.eq("canary"));
        let text = of(&diesel::debug_query::<diesel::pg::Pg, _>(&query));
        assert!(text.contains("$1") && !text.contains("canary") && !text.contains("binds"), "{text}");
    }
}
