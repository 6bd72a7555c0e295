//! The words that doors use, and no others leave the process: `telemetry.yaml` explains them.

/// The `traceparent` of a span that begins a trace here; its parent elsewhere, and what it comes from without being a part of it.
pub(crate) const CONTEXT: &str = "trace.context";
pub(crate) const PARENT: &str = "trace.parent";
pub(crate) const ORIGIN: &str = "trace.origin";

/// The name of a span, if it is not the same for all of a kind; its kind; `ERROR` if it failed.
pub(crate) const NAME: &str = "otel.name";
pub(crate) const KIND: &str = "otel.kind";
pub(crate) const STATUS: &str = "otel.status_code";

/// Set on a span of a trace that something points to, so that whoever samples later keeps it.
pub(crate) const KEEP: &str = "sampling.keep";

/// What spans may tell, sorted.
pub const ATTRIBUTES: &[&str] = &[
    "client.address",
    "db.namespace",
    "db.operation.batch.size",
    "db.operation.name",
    "db.query.summary",
    "db.query.text",
    "db.response.status_code",
    "db.statements",
    "db.system.name",
    "error.type",
    "event.kind",
    "graphql.connection.transport",
    "graphql.dataloader.batch.size",
    "graphql.dataloader.keys.requested",
    "graphql.dataloader.name",
    "graphql.document.hash",
    "graphql.field.name",
    "graphql.field.parent_type",
    "graphql.field.path",
    "graphql.field.return_type",
    "graphql.fields.suppressed",
    "graphql.operation.complexity",
    "graphql.operation.depth",
    "graphql.operation.name",
    "graphql.operation.type",
    "graphql.response.errors.count",
    "graphql.subscription.id",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "messaging.destination.name",
    "messaging.message.id",
    "messaging.operation.name",
    "messaging.operation.type",
    "messaging.system",
    "network.protocol.version",
    "request.id",
    "sampling.keep",
    "server.address",
    "server.port",
    "url.path",
    "url.scheme",
    "user_agent.original",
];

/// What a line tells of the spans that it is in, sorted.
pub(crate) const OF_LINES: &[&str] = &[
    "db.query.summary",
    "db.statements",
    "event.id",
    "event.kind",
    "graphql.document.hash",
    "graphql.operation.name",
    "graphql.operation.type",
    "http.request.method",
    "http.route",
    "request.id",
];

/// What a line has by itself.
const OF_ITSELF: &[&str] = &["level", "request_id", "span_id", "target", "timestamp", "trace_id"];

/// What may be said in a line, sorted.
const SAID: &[&str] = &[
    "account",
    "address",
    "asked",
    "cause",
    "code.file.path",
    "code.line.number",
    "data",
    "db.query.summary",
    "db.query.text",
    "db.statements",
    "domain",
    "duration_ms",
    "error",
    "error.code",
    "error.type",
    "event.id",
    "event.kind",
    "file",
    "graphql.document.hash",
    "graphql.operation.name",
    "graphql.operation.type",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "log",
    "log.target",
    "message",
    "migration",
    "patience",
    "pid",
    "reason",
    "rows",
    "shops",
    "signal",
    "status",
    "took",
    "url",
    "used",
    "version",
];

/// All that lines tell.
pub fn fields() -> impl Iterator<Item = &'static str> {
    OF_ITSELF.iter().chain(SAID).copied()
}

/// Whether spans of a kind begin traces.
pub(crate) fn is_root(metadata: &tracing::Metadata<'_>) -> bool {
    metadata.is_span() && metadata.fields().field(CONTEXT).is_some()
}

/// Whether spans of a kind are for traces, and not just for whoever debugs.
pub(crate) fn is_traced(metadata: &tracing::Metadata<'_>) -> bool {
    metadata.is_span() && (is_root(metadata) || metadata.fields().field(KIND).is_some())
}

/// What a line calls a field that is said in it, if it may have it.
pub(crate) fn of_event(name: &'static str) -> Option<&'static str> {
    SAID.binary_search(&name).is_ok().then_some(name)
}

/// What a line calls a field of a span that it is in, if it may have it.
pub(crate) fn of_span(name: &'static str) -> Option<&'static str> {
    match name {
        "request.id" => Some("request_id"),
        _ => OF_LINES.binary_search(&name).is_ok().then_some(name),
    }
}

pub(crate) fn is_attribute(name: &str) -> bool {
    ATTRIBUTES.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lines_tell_of_spans_is_said_of_lines() {
        assert!(OF_LINES.iter().filter_map(|name| of_span(name)).all(|name| fields().any(|field| field == name)));
    }

    #[test]
    fn attributes_are_found() {
        assert!(ATTRIBUTES.is_sorted() && OF_LINES.is_sorted() && SAID.is_sorted());
        assert!(ATTRIBUTES.iter().all(|name| is_attribute(name)) && !is_attribute("password"));
    }
}
