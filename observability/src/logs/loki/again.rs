use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use tracing::Level;

use crate::logs::line::Line;

/// The fields that have a name of their own in Loki.
const NAMED: &[&str] = &[
    "timestamp",
    "level",
    "target",
    "trace_id",
    "span_id",
    "request_id",
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "duration_ms",
    "graphql.operation.type",
    "graphql.operation.name",
    "graphql.document.hash",
    "db.statements",
    "db.query.summary",
    "db.query.text",
    "error.type",
    "error.code",
    "error",
    "reason",
    "event.kind",
    "event.id",
    "message",
];

/// Says a line again. Fields have their names from the place where they are said, so these are those that Loki shall know; others are
/// in one.
pub(super) fn say(line: &Line) {
    let text = |name: &str| line.said.0.get(name).map(as_text);
    let number = |name: &str| line.said.0.get(name).and_then(Value::as_f64);
    let count = |name: &str| line.said.0.get(name).and_then(Value::as_u64);
    let others = others(line);
    // `level` is a label.
    macro_rules! say {
        ($level:expr) => {
            tracing::event!(
                target: "linli",
                $level,
                timestamp = text("timestamp").as_deref(),
                target = text("target").as_deref(),
                trace_id = text("trace_id").as_deref(),
                span_id = text("span_id").as_deref(),
                request_id = text("request_id").as_deref(),
                http.request.method = text("http.request.method").as_deref(),
                http.route = text("http.route").as_deref(),
                http.response.status_code = count("http.response.status_code"),
                duration_ms = number("duration_ms"),
                graphql.operation.type = text("graphql.operation.type").as_deref(),
                graphql.operation.name = text("graphql.operation.name").as_deref(),
                graphql.document.hash = text("graphql.document.hash").as_deref(),
                db.statements = count("db.statements"),
                db.query.summary = text("db.query.summary").as_deref(),
                db.query.text = text("db.query.text").as_deref(),
                error.type = text("error.type").as_deref(),
                error.code = text("error.code").as_deref(),
                error = text("error").as_deref(),
                reason = text("reason").as_deref(),
                event.kind = text("event.kind").as_deref(),
                event.id = text("event.id").as_deref(),
                fields = others.as_deref(),
                message = text("message").as_deref(),
            )
        };
    }
    match line.level {
        Level::ERROR => say!(Level::ERROR),
        Level::WARN => say!(Level::WARN),
        Level::INFO => say!(Level::INFO),
        Level::DEBUG => say!(Level::DEBUG),
        Level::TRACE => say!(Level::TRACE),
    }
}

fn as_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => text.into(),
        other => other.to_string().into(),
    }
}

/// What a line says beyond what has a name of its own.
fn others(line: &Line) -> Option<String> {
    let others: BTreeMap<_, _> = line.said.0.iter().filter(|(name, _)| !NAMED.contains(&name.as_str())).collect();
    (!others.is_empty()).then(|| serde_json::to_string(&others).unwrap_or_default())
}
