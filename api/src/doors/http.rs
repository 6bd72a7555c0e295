use std::time::{Duration, Instant};

use observability::metrics::{Method, Request as Labels};
use observability::{Root, Telemetry, TraceContext};
use poem::http::{HeaderName, HeaderValue};
use poem::{Endpoint, PathPattern, Request, Response};
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::words::{error_of_status, method};
use crate::caller;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACE_RESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// Gives every request an id, or keeps the one it has, and a place in a trace; and says a line about it.
pub(crate) async fn answer<E: Endpoint>(
    endpoint: E,
    mut request: Request,
    telemetry: Telemetry,
) -> poem::Result<Response> {
    let started = Instant::now();
    let id = request_id(&request);
    let is_probe = request.uri().path().starts_with("/health/");
    let mut root = telemetry.root(request.header("traceparent"), caller::address(&request));
    if is_probe {
        root.context = root.context.unsampled();
    }
    let span = span_of(&request, &root, &id);
    let labels = Method { http_request_method: method(request.method()) };
    let active = telemetry.metrics.http_server_active_requests.hold(&labels);
    request.set_data(root.context);

    let answer = endpoint.get_response(request).instrument(span.clone());
    let mut response = super::within(root.context, &telemetry.metrics, answer).await;
    drop(active);
    span.in_scope(|| tell(&response, labels.http_request_method, started, &root, &telemetry));
    // Probes that go well are no news, and many.
    if !(is_probe && response.status().is_success()) {
        span.in_scope(|| log(&response, started.elapsed()));
    }
    response.headers_mut().insert(REQUEST_ID, id);
    if let Ok(context) = HeaderValue::from_str(&root.context.to_string()) {
        response.headers_mut().insert(TRACE_RESPONSE, context);
    }
    Ok(response)
}

/// Where in which trace a request is.
pub(crate) fn context_of(request: &Request, telemetry: &Telemetry) -> TraceContext {
    request.data::<TraceContext>().copied().unwrap_or_else(|| telemetry.root(None, None).context)
}

fn span_of(request: &Request, root: &Root, id: &HeaderValue) -> Span {
    tracing::info_span!(
        "request",
        trace.context = %root.context,
        trace.parent = root.parent.map(display),
        trace.origin = root.origin.map(display),
        otel.kind = "server",
        otel.name = Empty,
        otel.status_code = Empty,
        request.id = id.to_str().unwrap_or_default(),
        http.request.method = method(request.method()),
        http.route = Empty,
        http.response.status_code = Empty,
        error.type = Empty,
        url.path = request.uri().path(),
        url.scheme = "http",
        client.address = caller::address(request).map(display),
        network.protocol.version = version(request),
        user_agent.original = request.header("user-agent"),
        sampling.keep = Empty,
    )
}

fn version(request: &Request) -> &'static str {
    match request.version() {
        poem::http::Version::HTTP_2 => "2",
        poem::http::Version::HTTP_10 => "1.0",
        _ => "1.1",
    }
}

fn tell(response: &Response, method: &'static str, started: Instant, root: &Root, telemetry: &Telemetry) {
    let (span, took, status) = (Span::current(), started.elapsed(), response.status());
    let words = &telemetry.metrics.words;
    let route = response.data::<PathPattern>().map_or("", |pattern| words.know(&pattern.0));
    let error = error_of_status(status);
    span.record("http.route", route);
    span.record("otel.name", format!("{method} {route}").trim_end());
    span.record("http.response.status_code", status.as_u16());
    if !error.is_empty() {
        span.record("error.type", error);
    }
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    let labels = Labels {
        http_request_method: method,
        http_route: route,
        http_response_status_code: words.know(status.as_str()),
        error_type: error,
    };
    let duration = &telemetry.metrics.http_server_request_duration;
    if duration.observe(&labels, took.as_secs_f64(), Some(root.context)) {
        span.record("sampling.keep", true);
    }
}

fn log(response: &Response, took: Duration) {
    let error = error_of_status(response.status());
    tracing::info!(
        http.response.status_code = response.status().as_u16(),
        duration_ms = took.as_secs_f64() * 1e3,
        error.type = (!error.is_empty()).then_some(error),
        "answered"
    );
}

fn request_id(request: &Request) -> HeaderValue {
    let given = request.headers().get(REQUEST_ID).filter(|id| {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (1..=128).contains(&id.len()) && id.as_bytes().iter().all(is_plain)
    });
    match given {
        Some(id) => id.clone(),
        None => HeaderValue::from_str(&Uuid::now_v7().to_string()).unwrap_or(HeaderValue::from_static("-")),
    }
}
