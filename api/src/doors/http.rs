use std::time::Instant;

use observability::metrics::{Method, Request as Labels};
use observability::{Root, Telemetry, TraceContext};
use poem::http::{HeaderName, HeaderValue, StatusCode};
use poem::{Endpoint, PathPattern, Request, Response};
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::Door;
use super::operation::CANCELLED;
use super::words::{error_of_status, is_failure, method, network, product};
use crate::caller;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACE_RESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// A request that is being answered. If it is dropped before, nobody waited for the answer any more.
struct Answering {
    span: Span,
    door: Door,
    root: Root,
    method: &'static str,
    is_probe: bool,
    started: Instant,
    telemetry: Telemetry,
    is_told: bool,
}

/// Gives every request an id, or keeps the one it has, and a place in a trace; and says a line about it.
pub(crate) async fn answer<E: Endpoint>(
    endpoint: E,
    mut request: Request,
    telemetry: Telemetry,
) -> poem::Result<Response> {
    let id = request_id(&request);
    let answering = Answering::begin(&request, &id, telemetry);
    let labels = Method { http_request_method: answering.method };
    let active = answering.telemetry.metrics.http_server_active_requests.hold(&labels);
    let context = answering.root.context;
    request.set_data(context);

    let answer = endpoint.get_response(request).instrument(answering.span.clone());
    let mut response = answering.door.within(answer).await;
    drop(active);
    answering.ends(&response);
    response.headers_mut().insert(REQUEST_ID, id);
    if let Ok(context) = HeaderValue::from_str(&context.to_string()) {
        response.headers_mut().insert(TRACE_RESPONSE, context);
    }
    Ok(response)
}

/// Where in which trace a request is.
pub(crate) fn context_of(request: &Request, telemetry: &Telemetry) -> TraceContext {
    request.data::<TraceContext>().copied().unwrap_or_else(|| telemetry.root(None, None).context)
}

fn span_of(request: &Request, root: &Root, id: &HeaderValue) -> Span {
    let method = method(request.method());
    tracing::info_span!(
        "request",
        trace.context = %root.context,
        trace.parent = root.parent.map(display),
        trace.origin = root.origin.map(display),
        otel.kind = "server",
        otel.name = method,
        otel.status_code = Empty,
        request.id = id.to_str().unwrap_or_default(),
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
        error.type = Empty,
        url.path = Empty,
        url.scheme = "http",
        client.address = caller::address(request).map(network).map(display),
        network.protocol.version = version(request),
        user_agent.original = request.header("user-agent").and_then(product),
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

impl Answering {
    fn begin(request: &Request, id: &HeaderValue, telemetry: Telemetry) -> Self {
        let is_probe = request.uri().path().starts_with("/health/");
        let mut root = telemetry.root(request.header("traceparent"), caller::address(request));
        if is_probe {
            root.context = root.context.unsampled();
        }
        Self {
            span: span_of(request, &root, id),
            door: Door::new(root.context, &telemetry.metrics),
            root,
            method: method(request.method()),
            is_probe,
            started: Instant::now(),
            telemetry,
            is_told: false,
        }
    }

    fn ends(mut self, response: &Response) {
        self.is_told = true;
        let status = response.status();
        let words = &self.telemetry.metrics.words;
        let route = response.data::<PathPattern>().map_or("", |pattern| words.know(&pattern.0));
        self.span.record("http.response.status_code", status.as_u16());
        if !route.is_empty() {
            self.span.record("http.route", route);
            self.span.record("otel.name", format!("{} {route}", self.method));
        }
        // Who asks for what is not there may send anything as a path.
        if !route.contains([':', '*']) && !route.is_empty() {
            self.span.record("url.path", route);
        }
        let error = error_of_status(status);
        self.tell(route, words.know(status.as_str()), error);
        // Probes that go well are no news, and many.
        if !(self.is_probe && status.is_success()) {
            self.span.in_scope(|| self.log(Some(status), error));
        }
    }

    fn tell(&self, http_route: &'static str, http_response_status_code: &'static str, error_type: &'static str) {
        if is_failure(error_type) || error_type == CANCELLED {
            self.span.record("error.type", error_type);
        }
        if is_failure(error_type) {
            self.span.record("otel.status_code", "ERROR");
        }
        let labels = Labels { http_request_method: self.method, http_route, http_response_status_code, error_type };
        let duration = &self.telemetry.metrics.http_server_request_duration;
        if duration.observe(&labels, self.started.elapsed().as_secs_f64(), Some(self.root.context)) {
            self.span.record("sampling.keep", true);
        }
    }

    fn log(&self, status: Option<StatusCode>, error: &'static str) {
        let told = self.door.told();
        let told = told.as_ref();
        let error = if error.is_empty() { told.map_or("", |told| told.error_type) } else { error };
        tracing::info!(
            http.response.status_code = status.map(|status| status.as_u16()),
            duration_ms = self.started.elapsed().as_secs_f64() * 1e3,
            error.type = (!error.is_empty()).then_some(error),
            graphql.operation.type = told.map(|told| told.kind),
            graphql.operation.name = told.map(|told| told.name.as_str()),
            graphql.document.hash = told.map(|told| told.hash.as_str()),
            db.statements = told.map(|told| told.statements),
            "{}",
            if status.is_some() { "answered" } else { "hung up" }
        );
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell("", "", CANCELLED);
            self.span.in_scope(|| self.log(None, CANCELLED));
        }
    }
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
