//! The playground, at `/`, from inside the binary: a client like any other, which knows no more of
//! the schema than it may ask.

use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, Request, Response, Result, Route, get};

macro_rules! bundled {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/graphiql/dist/", $name))
    };
}

const VERSION: &str = include_str!(concat!(env!("OUT_DIR"), "/graphiql/dist/version"));

/// No exception for inline scripts or styles. `data:` is for the fonts and the squiggles in its style
/// sheet; `'self'` covers sockets as well.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);

pub fn routes() -> Route {
    Route::new()
        .at("/", get(PAGE))
        .at("/graphiql/graphiql.js", get(SCRIPT))
        .at("/graphiql/graphiql.css", get(STYLE))
        .at("/graphiql/favicon.svg", get(ICON))
        .at("/graphiql/licenses.txt", get(LICENSES))
}

struct File {
    content_type: HeaderValue,
    content: &'static [u8],
}

const PAGE: File = File::new("text/html; charset=utf-8", bundled!("index.html"));
const SCRIPT: File = File::new("text/javascript; charset=utf-8", bundled!("graphiql.js"));
const STYLE: File = File::new("text/css; charset=utf-8", bundled!("graphiql.css"));
const ICON: File = File::new("image/svg+xml", bundled!("favicon.svg"));
const LICENSES: File = File::new("text/plain; charset=utf-8", bundled!("licenses.txt"));

impl File {
    const fn new(content_type: &'static str, content: &'static [u8]) -> Self {
        Self { content_type: HeaderValue::from_static(content_type), content }
    }
}

impl Endpoint for File {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let response = Response::builder()
            .header(header::ETAG, etag())
            .header(header::CACHE_CONTROL, cache_control(&request))
            .header(header::VARY, "accept-encoding")
            .header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)
            .header(header::REFERRER_POLICY, "no-referrer")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        if is_known(&request) {
            return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
        }
        Ok(response.header(header::CONTENT_TYPE, self.content_type.clone()).body(self.content))
    }
}

/// Weak, because a compressed answer carries it too.
fn etag() -> String {
    format!("W/\"{VERSION}\"")
}

/// An address that names its version, as those in the page do, never changes its content.
fn cache_control(request: &Request) -> &'static str {
    match request.uri().query().and_then(|query| query.strip_prefix("v=")) {
        Some(VERSION) => "public, max-age=31536000, immutable",
        _ => "no-cache",
    }
}

fn is_known(request: &Request) -> bool {
    let etag = etag();
    request
        .header(header::IF_NONE_MATCH)
        .is_some_and(|known| known.split(',').any(|tag| tag.trim() == etag || tag.trim() == "*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fetch(uri: &str, if_none_match: &str) -> Response {
        let uri = uri.parse().expect("a valid address");
        let request = Request::builder().uri(uri).header(header::IF_NONE_MATCH, if_none_match);
        routes().get_response(request.finish()).await
    }

    #[tokio::test]
    async fn the_page_is_asked_for_anew_and_names_the_versions_of_its_parts() {
        let response = fetch("/?query={viewer{email}}", "").await;
        assert_eq!(response.header(header::CACHE_CONTROL), Some("no-cache"));
        let page = response.into_body().into_string().await.expect("a text");
        for part in ["graphiql.js", "graphiql.css", "favicon.svg"] {
            assert!(page.contains(&format!("\"graphiql/{part}?v={VERSION}\"")), "{page}");
        }
    }

    #[tokio::test]
    async fn a_part_is_cached_for_ever_only_under_its_version() {
        let stamped = fetch(&format!("/graphiql/graphiql.js?v={VERSION}"), "").await;
        let stale = fetch("/graphiql/graphiql.js?v=0000000000000000", "").await;
        let immutable = Some("public, max-age=31536000, immutable");
        assert_eq!(stamped.header(header::CACHE_CONTROL), immutable);
        assert_eq!(stale.header(header::CACHE_CONTROL), Some("no-cache"));
    }

    #[tokio::test]
    async fn what_a_browser_already_has_is_not_sent_again() {
        let response = fetch("/graphiql/graphiql.css", &format!("\"other\", {}", etag())).await;
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert!(response.into_body().is_empty());
    }
}
