use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, Key, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Span, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};
use tracing_subscriber::{Layer, Registry};

use super::{Gate, TraceContext};
use crate::vocabulary::{CONTEXT, KEEP, KIND, NAME, ORIGIN, PARENT, STATUS, is_attribute, is_root};

/// Makes spans of OpenTelemetry of those of `tracing`, in sampled traces.
pub(crate) struct Recorder {
    gate: Gate,
    /// Most spans of a trace in this process.
    most: u32,
    scope: InstrumentationScope,
}

/// The recorded trace that this thread is in at the moment.
pub(crate) fn current() -> Option<TraceContext> {
    Span::current().with_subscriber(|(id, subscriber)| {
        let span = subscriber.downcast_ref::<Registry>()?.span(id)?;
        let context = within(&span, |recording| recording.span.span_context.clone())?;
        let ids = (context.trace_id().to_bytes(), context.span_id().to_bytes());
        TraceContext::new(u128::from_be_bytes(ids.0), u64::from_be_bytes(ids.1), true)
    })?
}

/// A span that is recorded.
pub(super) struct Recording {
    trace: Arc<AtomicU32>,
    span: SpanData,
}

/// Longest value of an attribute. What is longer is cut: some come from outside, and many of them may wait.
const LONGEST: usize = 2 * 1024;

/// What a span says of the trace that it is a part of.
struct Part {
    trace: Arc<AtomicU32>,
    context: SpanContext,
}

impl Recorder {
    pub(crate) fn new(gate: Gate, most: u32) -> Self {
        Self { gate, most, scope: InstrumentationScope::builder(env!("CARGO_PKG_NAME")).build() }
    }

    fn span(&self, name: &'static str, context: SpanContext, parent: Option<(SpanId, bool)>) -> SpanData {
        let now = SystemTime::now();
        let (parent_span_id, parent_span_is_remote) = parent.unwrap_or((SpanId::INVALID, false));
        SpanData {
            span_context: context,
            parent_span_id,
            parent_span_is_remote,
            span_kind: SpanKind::Internal,
            name: name.into(),
            start_time: now,
            end_time: now,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: self.scope.clone(),
        }
    }

    /// A span that knows its own context. If what it is in belongs to the same trace, they share a bound.
    fn begin(&self, name: &'static str, roots: &RootFields, around: Option<&Part>) -> Option<Recording> {
        let context = roots.context.filter(|context| context.is_sampled())?;
        let trace = TraceId::from(context.ids().0);
        let around = around.filter(|around| around.context.trace_id() == trace);
        if let Some(around) = around
            && !self.has_room(around)
        {
            return None;
        }
        let parent = roots.parent.map(|parent| (span_context(parent, true).span_id(), around.is_none()));
        let mut span = self.span(name, span_context(context, false), parent);
        span.links.links.extend(roots.origin.map(|origin| Link::with_context(span_context(origin, true))));
        let trace = around.map_or_else(|| Arc::new(AtomicU32::new(1)), |around| around.trace.clone());
        Some(Recording { trace, span })
    }

    fn has_room(&self, of: &Part) -> bool {
        let has_room = of.trace.fetch_add(1, Ordering::Relaxed) < self.most;
        if !has_room {
            self.gate.counts().dropped_of_full_trace();
        }
        has_room
    }

    fn go_on(&self, name: &'static str, parent: &Part) -> Option<Recording> {
        if !self.has_room(parent) {
            return None;
        }
        let of = &parent.context;
        let id = SpanId::from(fastrand::u64(1..));
        let context = SpanContext::new(of.trace_id(), id, TraceFlags::SAMPLED, false, TraceState::NONE);
        Some(Recording { trace: parent.trace.clone(), span: self.span(name, context, Some((of.span_id(), false))) })
    }
}

fn span_context(context: TraceContext, is_remote: bool) -> SpanContext {
    let (trace_id, span_id) = context.ids();
    let flags = if context.is_sampled() { TraceFlags::SAMPLED } else { TraceFlags::default() };
    SpanContext::new(TraceId::from(trace_id), SpanId::from(span_id), flags, is_remote, TraceState::NONE)
}

impl<S> Layer<S> for Recorder
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let name = attributes.metadata().name();
        let recording = if is_root(attributes.metadata()) {
            let mut roots = RootFields::default();
            attributes.record(&mut roots);
            let around = span.parent().and_then(|parent| within(&parent, Recording::part));
            self.begin(name, &roots, around.as_ref())
        } else {
            let around = span.parent().and_then(|parent| within(&parent, Recording::part));
            around.and_then(|around| self.go_on(name, &around))
        };
        if let Some(mut recording) = recording {
            attributes.record(&mut recording);
            span.extensions_mut().insert(recording);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        if let Some(recording) = span.extensions_mut().get_mut::<Recording>() {
            values.record(recording);
        }
    }

    /// Who reads of it in the log will want to see the trace.
    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        for span in ctx.event_scope(event).into_iter().flatten() {
            if let Some(recording) = span.extensions_mut().get_mut::<Recording>() {
                return recording.span.attributes.push(KeyValue::new(KEEP, true));
            }
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, ctx: Context<'_, S>) {
        let Some(cause) = ctx.span(follows) else { return };
        let Some(context) = cause.extensions().get::<Recording>().map(|cause| cause.span.span_context.clone()) else {
            return;
        };
        let Some(span) = ctx.span(id) else { return };
        if let Some(recording) = span.extensions_mut().get_mut::<Recording>() {
            recording.span.links.links.push(Link::with_context(context));
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(&id) else { return };
        let recording = span.extensions_mut().remove::<Recording>();
        if let Some(Recording { mut span, .. }) = recording {
            span.end_time = SystemTime::now();
            self.gate.pass(span);
        }
    }
}

/// What is recorded of a span, or of the closest around it.
pub(super) fn within<S, T>(span: &SpanRef<'_, S>, look: impl FnOnce(&Recording) -> T) -> Option<T>
where
    S: for<'a> LookupSpan<'a>,
{
    span.scope().find(|span| span.extensions().get::<Recording>().is_some()).and_then(|span| {
        let extensions = span.extensions();
        extensions.get::<Recording>().map(look)
    })
}

#[derive(Default)]
struct RootFields {
    context: Option<TraceContext>,
    parent: Option<TraceContext>,
    origin: Option<TraceContext>,
}

impl Visit for RootFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let place = match field.name() {
            CONTEXT => &mut self.context,
            PARENT => &mut self.parent,
            ORIGIN => &mut self.origin,
            _ => return,
        };
        *place = TraceContext::parse(&format!("{value:?}"));
    }
}

impl Recording {
    fn part(&self) -> Part {
        Part { trace: self.trace.clone(), context: self.span.span_context.clone() }
    }

    fn keep(&mut self, field: &Field, value: impl Into<Value>) {
        if is_attribute(field.name()) {
            self.span.attributes.push(KeyValue::new(Key::from_static_str(field.name()), value));
        }
    }

    fn keep_text(&mut self, field: &Field, text: &str) {
        match field.name() {
            NAME => self.span.name = text.to_owned().into(),
            KIND => self.span.span_kind = kind(text),
            STATUS if text == "ERROR" => self.span.status = Status::error(""),
            _ => self.keep(field, text[..text.floor_char_boundary(LONGEST)].to_owned()),
        }
    }
}

fn kind(text: &str) -> SpanKind {
    match text {
        "server" => SpanKind::Server,
        "client" => SpanKind::Client,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

impl Visit for Recording {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep_text(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if is_attribute(field.name()) || matches!(field.name(), NAME | KIND | STATUS) {
            self.keep_text(field, &format!("{value:?}"));
        }
    }
}
