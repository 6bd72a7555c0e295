/// What must be nowhere, by what it is.
#[derive(Default)]
pub(super) struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    pub(super) fn plant(&mut self, what: &'static str, secret: &str) {
        assert!(secret.len() >= 6, "{what} is found by chance");
        self.0.push((what, secret.to_owned()));
    }

    /// What of them is there.
    pub(super) fn in_text(&self, text: &str) -> Vec<&'static str> {
        self.in_bytes(text.as_bytes())
    }

    pub(super) fn in_bytes(&self, bytes: &[u8]) -> Vec<&'static str> {
        let is_there = |secret: &str| has(bytes, secret) || has(bytes, &as_numbers(secret));
        self.0.iter().filter(|(_, secret)| is_there(secret)).map(|(what, _)| *what).collect()
    }
}

/// As Rust shows bytes for those who debug.
fn as_numbers(secret: &str) -> String {
    let numbers: Vec<_> = secret.bytes().map(|byte| byte.to_string()).collect();
    numbers.join(", ")
}

/// Whether it is there by itself: six digits that are a part of a number are not a code.
fn has(bytes: &[u8], secret: &str) -> bool {
    let is_code = secret.bytes().all(|byte| byte.is_ascii_digit());
    let is_apart = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'.');
    let length = secret.len();
    let mut places = bytes.windows(length).enumerate().filter(|(_, part)| *part == secret.as_bytes());
    places.any(|(at, _)| {
        !is_code
            || (is_apart(at.checked_sub(1).and_then(|before| bytes.get(before))) && is_apart(bytes.get(at + length)))
    })
}

#[test]
fn a_secret_is_found_in_each_form() {
    let mut secrets = Secrets::default();
    secrets.plant("a word", "canary");
    secrets.plant("a code", "123456");
    assert_eq!(secrets.in_text("the canary, and 123456 too"), ["a word", "a code"]);
    assert_eq!(secrets.in_text("[1, 99, 97, 110, 97, 114, 121, 2]"), ["a word"]);
    assert_eq!(secrets.in_text("12:00:00.123456Z, 1234567"), [""; 0]);
}
