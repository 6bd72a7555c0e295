//! Phone numbers, web addresses and photos, as anyone may have written them.

use super::tags::{Tags, clean};
use crate::shops::contact::{URL_LIMIT, phone_number, web_address};

const PHOTOS_LIMIT: usize = 5;
const IMAGES: &[&str] = &[".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"];

/// The first number.
pub(super) fn phone(tags: &Tags<'_>) -> Option<String> {
    let written = tags.text(&["phone", "contact:phone", "contact:mobile", "mobile"])?;
    phone_number(written.split([';', ',']).next()?)
}

/// The address of the place's page; an error if it has one that is no such address.
pub(super) fn website(tags: &Tags<'_>) -> Result<Option<String>, ()> {
    let written = ["website", "contact:website", "url"].iter().find_map(|key| tags.get(key));
    match written.and_then(|written| clean(written, 2 * URL_LIMIT)) {
        Some(written) => first_url(&written).map(Some).ok_or(()),
        None => Ok(None),
    }
}

pub(super) fn photos(tags: &Tags<'_>) -> Vec<String> {
    let mut photos = Vec::new();
    for written in ["image", "wikimedia_commons"].iter().filter_map(|key| tags.get(key)) {
        for photo in written.split(';').filter_map(|written| photo(written.trim())) {
            if photos.len() < PHOTOS_LIMIT && !photos.contains(&photo) {
                photos.push(photo);
            }
        }
    }
    photos
}

fn photo(written: &str) -> Option<String> {
    const PAGES: [&str; 4] = [
        "File:",
        "https://commons.wikimedia.org/wiki/File:",
        "http://commons.wikimedia.org/wiki/File:",
        "https://commons.m.wikimedia.org/wiki/File:",
    ];
    if let Some(name) = PAGES.iter().find_map(|page| written.strip_prefix(page)) {
        // Of a page the name is encoded already; a `%` in a bare name is beyond doubt a rarity.
        let name = clean(name, URL_LIMIT)?.replace(' ', "_");
        let path = if written.starts_with("File:") { percent_encoded(&name) } else { name };
        return web_address(&format!("https://commons.wikimedia.org/wiki/Special:FilePath/{path}"));
    }
    let url = written.contains("://").then(|| web_address(written))??;
    let path = url.split(['?', '#']).next()?.to_ascii_lowercase();
    (IMAGES.iter().any(|ending| path.ends_with(ending)) || path.contains("/special:filepath/")).then_some(url)
}

/// Of several addresses in one value the first; an address alone may hold a `;` of its own.
fn first_url(written: &str) -> Option<String> {
    let starts = ["; ", ";http", ";www.", ", ", " "];
    let end = starts.iter().filter_map(|start| written.find(start)).min();
    web_address(&written[..end.unwrap_or(written.len())])
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            encoded + char::from(byte).encode_utf8(&mut [0; 4])
        }
        _ => encoded + &format!("%{byte:02X}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags<'a>(key: &'a str, value: &'a str) -> Tags<'a> {
        Tags::new([(key, value)].into_iter())
    }

    #[test]
    fn an_international_number_is_made_uniform() {
        let phone = |written| phone(&tags("phone", written));
        assert_eq!(phone("+358-9-123 456; +358 40 1").as_deref(), Some("+358 9 123 456"));
        assert_eq!(phone("00358 (0)9 123456").as_deref(), Some("+358 9 123456"));
        assert_eq!(phone("(09) 123 456").as_deref(), Some("(09) 123 456"));
        assert_eq!(phone("ask Pekka"), None);
    }

    #[test]
    fn a_website_has_a_scheme_and_a_host() {
        let website = |written| website(&tags("contact:website", written));
        assert_eq!(website("www.kappeli.fi/"), Ok(Some("https://www.kappeli.fi/".into())));
        assert_eq!(website("HTTP://a.fi/?x=1;2"), Ok(Some("http://a.fi/?x=1;2".into())));
        assert_eq!(website("https://a.fi; https://b.fi"), Ok(Some("https://a.fi".into())));
        assert_eq!(website("https://münchen.de:8443"), Ok(Some("https://münchen.de:8443".into())));
        for no_page in ["javascript:alert(1)", "ftp://a.fi", "yes", "https://u:p@a.fi", "a.fi/<b>"] {
            assert_eq!(website(no_page), Err(()), "{no_page}");
        }
    }

    #[test]
    fn a_file_of_the_commons_becomes_a_photo() {
        let commons = tags("wikimedia_commons", "File:Café Ekberg & co.jpg");
        let path = "https://commons.wikimedia.org/wiki/Special:FilePath/";
        assert_eq!(photos(&commons), [format!("{path}Caf%C3%A9_Ekberg_%26_co.jpg")]);
        let page = tags("image", "https://commons.wikimedia.org/wiki/File:A%20b.jpg");
        assert_eq!(photos(&page), [format!("{path}A%20b.jpg")]);
        assert!(photos(&tags("wikimedia_commons", "Category:Helsinki")).is_empty());
        assert!(photos(&tags("image", "https://a.fi/gallery")).is_empty());
        assert!(photos(&tags("image", "https://a.fi/\0.jpg")).is_empty());
    }
}
