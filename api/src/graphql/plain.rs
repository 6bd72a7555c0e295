//! A document without its values: the same for all that differ in nothing else, spacing and comments included.

/// As short as GraphQL lets it be, with `?` where numbers and strings were.
pub(super) fn plain(document: &str) -> String {
    let mut text = String::with_capacity(document.len());
    let mut rest = document;
    let mut is_word = false;
    while let Some(next) = rest.chars().next() {
        let (length, token) = match next {
            '#' => (rest.find(['\n', '\r']).unwrap_or(rest.len()), ""),
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => (next.len_utf8(), ""),
            '"' => (string(rest), "?"),
            '-' | '0'..='9' => (run(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-')), "?"),
            _ if is_of_names(next) => {
                let length = run(rest, is_of_names);
                (length, &rest[..length])
            }
            _ => (next.len_utf8(), &rest[..next.len_utf8()]),
        };
        let begins_word = token.starts_with(|c| c == '?' || is_of_names(c));
        if is_word && begins_word {
            text.push(' ');
        }
        text.push_str(token);
        is_word = if token.is_empty() { is_word } else { begins_word };
        rest = &rest[length..];
    }
    text
}

fn is_of_names(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

fn run(text: &str, is_of_it: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_of_it(c)).unwrap_or(text.len()).max(1)
}

/// How long the string is that the text begins with.
fn string(text: &str) -> usize {
    let (quote, escape) = if text.starts_with("\"\"\"") { ("\"\"\"", "\\\"\"\"") } else { ("\"", "\\") };
    let mut at = quote.len();
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(escape) {
            // Of a plain string, whatever is escaped is one character more.
            let escaped = if escape == "\\" { rest[1..].chars().next().map_or(0, char::len_utf8) } else { 0 };
            at += escape.len() + escaped;
        } else if rest.starts_with(quote) {
            return at + quote.len();
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_values_alone_is_the_same() {
        let one = r#"query A($id: ID!) { shop(id: $id, q: "x \" y", n: -1.5e3, l: [1, 2]) { name # the name
            ...F } }"#;
        assert_eq!(plain(one), "query A($id:ID!){shop(id:$id q:? n:? l:[? ?]){name...F}}");
        let other = "query A($id:ID!){shop(id:$id q:\"\"\"long \\\"\"\" \"string\" \"\"\" n:7 l:[3 4]){name ...F}}";
        assert_eq!(plain(other), plain(one));
        assert_ne!(plain("{ a b }"), plain("{ ab }"));
    }

    #[test]
    fn no_value_is_left_however_the_document_ends() {
        for document in
            ["{a(b:\"canary", "{a(b:\"\"\"canary\"\"", "{a(b:\"canary\\", "#canary", "{a(b:\"ä\\ä canary\")}", "\"\\"]
        {
            assert!(!plain(document).contains("canary"), "{document}");
        }
    }
}
