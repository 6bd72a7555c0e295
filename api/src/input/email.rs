use std::fmt;

use email_address::{EmailAddress, Options};

use super::{Parsed, fault};

/// An address that mail can be sent to, in lower case.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Personal data that no log should have.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// Longer ones can't be sent to (RFC 5321, section 4.5.3.1.3).
const LONGEST: usize = 254;

pub fn email(field: &str, text: &str) -> Parsed<Email> {
    let text = text.trim().to_lowercase();
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    match EmailAddress::parse_with_options(&text, options) {
        Ok(address) if text.len() <= LONGEST && text.is_ascii() && is_plain(&address) => Ok(Email(text)),
        _ => fault(field, "is not an e-mail address, such as ada@example.org"),
    }
}

/// Whether it does without what the grammar allows and no provider gives out: quotes and what they hide, a domain without a name.
fn is_plain(address: &EmailAddress) -> bool {
    let top_level = address.domain().rsplit('.').next().unwrap_or_default();
    let is_name = top_level.len() >= 2 && top_level.bytes().all(|byte| byte.is_ascii_alphabetic());
    !address.local_part().contains('"') && (is_name || top_level.starts_with("xn--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_without_blanks_and_case() {
        assert_eq!(
            email("email", " Ada.Lovelace+linli@Example.ORG ").map(|email| email.0),
            Ok("ada.lovelace+linli@example.org".into())
        );
    }

    #[test]
    fn what_mail_cannot_be_sent_to_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@localhost",
            "a b@example.org",
            "ada@[127.0.0.1]",
            "Ada <ada@example.org>",
            "ada@exa\nmple.org",
            "\"ada lovelace\"@example.org",
            "\"<script>\"@example.org",
            "ada@127.0.0.1",
            "ada@example.o",
            &long,
        ] {
            assert!(email("email", text).is_err(), "{text}");
        }
    }
}
