//! Whose page opens a socket. Browsers let any page do that, and the same-origin policy does not hold for sockets.

use poem::http::HeaderMap;
use poem::http::header::{HOST, ORIGIN};

/// Whether it is a page of ours or of a friend; or no page at all, for every browser names the origin.
pub(super) fn is_ours(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let same = origin.split_once("://").zip(host).is_some_and(|((_, ours), host)| ours.eq_ignore_ascii_case(host));
    same || allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    #[test]
    fn only_our_pages_and_those_of_friends_are_let_in() {
        let allowed = ["https://app.example".to_owned()];
        for (origin, expected) in [
            ("", true),
            ("http://linli.example:8000", true),
            ("https://LINLI.example:8000", true),
            ("https://app.example", true),
            ("http://app.example", false),
            ("https://app.example.evil.example", false),
            ("https://linli.example", false),
            ("https://evil.example", false),
            ("linli.example:8000", false),
            ("null", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("linli.example:8000"));
            if !origin.is_empty() {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_ours(&headers, &allowed), expected, "{origin}");
        }
    }
}
