//! Media types: what the client sent, and what it wants to read.

use std::cmp::Ordering;

use poem::http::HeaderMap;
use poem::http::header::{ACCEPT, CONTENT_TYPE};

/// The two labels of a response, whose body is the same JSON under both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status tells whether the operation was run.
    GraphqlResponse,
    /// `application/json`: the status tells only whether the request was understood.
    Json,
}

impl MediaType {
    /// Chooses what the client wants most; nothing, if it wants neither.
    ///
    /// Who names both alike gets the one that says more, who names none the one that every client
    /// understands.
    pub(super) fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let ranges = Range::accepted(headers);
        if ranges.is_empty() {
            return Some(Self::Json);
        }
        let response = Wish::among(&ranges, "application/graphql-response+json");
        let json = Wish::among(&ranges, "application/json");
        match response.cmp(&json) {
            Ordering::Greater => Some(Self::GraphqlResponse),
            Ordering::Equal if response?.precision == Precision::Named => Some(Self::GraphqlResponse),
            Ordering::Equal | Ordering::Less => Some(Self::Json),
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// Whether the client can read a stream of events.
pub(crate) fn accepts_events(headers: &HeaderMap) -> bool {
    let ranges = Range::accepted(headers);
    let covers = |range: &Range| matches!(range.essence.as_str(), "text/event-stream" | "text/*" | "*/*");
    ranges.is_empty() || ranges.iter().any(|range| covers(range) && range.thousandths > 0)
}

/// Whether the client can read a stream of events, and no JSON.
pub(crate) fn wants_events(headers: &HeaderMap) -> bool {
    accepts_events(headers) && MediaType::negotiate(headers).is_none()
}

/// Whether the body is said to be JSON in UTF-8, which is also what JSON is by default.
///
/// No HTML form can send this type, and no script of another origin without asking first (CORS).
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.map(Range::parse).is_some_and(|sent| sent.essence == "application/json" && sent.utf8)
}

/// How much the client wants a type, and among equals how precisely it said so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    thousandths: u16,
    precision: Precision,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Anything,
    Application,
    Named,
}

impl Wish {
    /// The most precise range that covers a type decides about it, even against it.
    fn among(ranges: &[Range], media_type: &str) -> Option<Self> {
        let covering = ranges.iter().filter_map(|range| {
            let precision = match range.essence.as_str() {
                "*/*" => Precision::Anything,
                "application/*" => Precision::Application,
                named if named == media_type => Precision::Named,
                _ => return None,
            };
            range.utf8.then_some(Self { thousandths: range.thousandths, precision })
        });
        covering.max_by_key(|wish| (wish.precision, wish.thousandths)).filter(|wish| wish.thousandths > 0)
    }
}

/// A media type or a range of them, with those of its parameters that matter here.
struct Range {
    essence: String,
    /// `q`, which has three decimals at most.
    thousandths: u16,
    utf8: bool,
}

impl Range {
    fn accepted(headers: &HeaderMap) -> Vec<Self> {
        let accept = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let accept = accept.flat_map(|value| value.split(',')).filter(|one| !one.trim().is_empty());
        accept.map(Self::parse).collect()
    }

    fn parse(text: &str) -> Self {
        let mut parts = text.split(';').map(|part| part.trim().to_ascii_lowercase());
        let essence = parts.next().unwrap_or_default();
        let mut range = Self { essence, thousandths: 1000, utf8: true };
        for parameter in parts {
            match parameter.split_once('=') {
                Some(("q", quality)) => range.thousandths = thousandths(quality),
                Some(("charset", charset)) => {
                    range.utf8 = matches!(charset.trim_matches('"'), "utf-8" | "utf8");
                }
                _ => {}
            }
        }
        range
    }
}

/// A quality that is none counts as zero: better no answer than one that was not wanted.
fn thousandths(quality: &str) -> u16 {
    match quality.parse::<f32>() {
        Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1000.0).round() as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_gets_what_it_wants_most() {
        let (response, json) = (Some(MediaType::GraphqlResponse), Some(MediaType::Json));
        for (accept, expected) in [
            ("", json),
            ("*/*", json),
            ("application/*", json),
            ("application/json, text/plain, */*", json),
            ("application/json", json),
            ("application/json; charset=utf-8", json),
            ("application/json, application/graphql-response+json;q=0.9", json),
            ("application/graphql-response+json;q=0, */*", json),
            ("application/graphql-response+json", response),
            ("APPLICATION/GRAPHQL-RESPONSE+JSON ; Q=0.001", response),
            ("application/graphql-response+json, application/json;q=0.9", response),
            ("application/json, application/graphql-response+json", response),
            ("application/graphql-response+json, */*", response),
            ("application/json;q=0.5, application/*", response),
            ("application/json;q=0, */*;q=0.1", response),
            ("text/html", None),
            ("text/*, image/png", None),
            ("*/*;q=0", None),
            ("application/json;q=none", None),
            ("application/json;charset=iso-8859-1", None),
            ("garbage", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().expect("a header value"));
            assert_eq!(MediaType::negotiate(&headers), expected, "Accept: {accept}");
        }
    }
}
