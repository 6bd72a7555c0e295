//! A bound on nesting, checked before parsing.
//!
//! The parser of async-graphql minds the stack while it reads, but then builds the values it read by
//! calls within calls, without bound: less than a kilobyte of brackets would overflow the stack of a
//! thread, and that ends the process.

/// More than any honest document needs: introspection takes 15.
const DEEPEST: usize = 64;

/// Refuses a document whose brackets, of all kinds together, are nested too deep.
///
/// It must never take for a string what the parser takes for brackets. So it knows block strings,
/// and refuses an unterminated one, which the parser reads as `""` followed by another string.
pub(super) fn check(document: &str) -> Result<(), String> {
    let mut rest = document.as_bytes();
    let mut depth = 0_usize;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(format!("the document is nested more than {DEEPEST} deep"));
                }
                after
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                after
            }
            b'#' => after_line(after),
            b'"' => match after.strip_prefix(b"\"\"") {
                Some(block) => after_block(block).ok_or("a block string is not terminated")?,
                None => after_string(after),
            },
            _ => after,
        };
    }
    Ok(())
}

fn after_line(mut rest: &[u8]) -> &[u8] {
    while let [byte, after @ ..] = rest
        && !matches!(byte, b'\n' | b'\r')
    {
        rest = after;
    }
    rest
}

fn after_string(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [b'"', after @ ..] => return after,
            // No string goes on here, and no parser past it.
            [] | [b'\n' | b'\r', ..] => return rest,
            [b'\\', b'"' | b'\\', after @ ..] | [_, after @ ..] => after,
        };
    }
}

fn after_block(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        rest = match rest {
            [b'"', b'"', b'"', after @ ..] => return Some(after),
            [b'\\', b'"', b'"', b'"', after @ ..] | [_, after @ ..] => after,
            [] => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_level_too_many_is_refused_whatever_the_brackets() {
        for level in ["{", "[", "(", "{a", "{...on Shop", "{#}\n", "[b:\"]\""] {
            assert_eq!(check(&level.repeat(DEEPEST)), Ok(()), "{level}");
            assert!(check(&level.repeat(DEEPEST + 1)).is_err(), "{level}");
        }
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_nest() {
        let many = "[".repeat(DEEPEST + 1);
        for document in [
            format!(r#"{{a(b:"{many}")}}"#),
            format!(r#"{{a(b:"\"{many}")}}"#),
            format!(r#"{{a(b:"\\\"{many}")}}"#),
            format!(r#"{{a(b:"""{many}"{many}\"""{many}""")}}"#),
            format!("{{a #{many}\n}}"),
        ] {
            assert_eq!(check(&document), Ok(()), "{document}");
        }
    }

    #[test]
    fn no_string_hides_brackets_that_the_parser_sees() {
        let many = "[".repeat(DEEPEST + 1);
        for document in [
            format!(r#"{{a(b:["""abc"{many}"#),
            format!(r#"{{a(b:["" {many}"#),
            format!(r#"{{a(b:["\\" {many}"#),
            format!(r#"{{a(b:["""\\""" {many}"#),
            format!("{{a #\"\"\"\r{many}"),
        ] {
            assert!(check(&document).is_err(), "{document}");
        }
    }
}
