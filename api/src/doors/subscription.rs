use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Poll;
use std::time::Instant;

use async_graphql::{Response, Value};
use futures_util::{Stream, StreamExt, stream};
use observability::metrics::{Held, Subscription as Labels};
use observability::{Metrics, Root, Telemetry, TraceContext};
use tracing::Span;

use super::operation::{Ended, Ran, measure, tell_fields};
use crate::graphql::Outline;

/// A subscription, which may last for days. So it has no span of its own: to begin has one, and so has each event, in a trace of its own
/// that is linked to its cause. Between them nothing happens.
pub(crate) struct Subscription {
    telemetry: Telemetry,
    root: Root,
    outline: Outline,
    meter: Arc<db::Meter>,
    /// Known once it listens.
    field: OnceLock<&'static str>,
    now: Mutex<Now>,
}

/// What woke it, and when.
#[derive(Clone, Copy)]
pub(crate) struct Woken {
    pub(crate) at: Instant,
    pub(crate) cause: Option<TraceContext>,
}

struct Now {
    /// None while it waits.
    doing: Option<Doing>,
    woken: Option<Woken>,
    /// Since when somebody is to be told what is being sent.
    unsent: Option<Instant>,
}

/// To begin, or an event.
struct Doing {
    ran: Ran,
    /// How many statements there were before.
    statements: u64,
}

impl Subscription {
    pub(crate) fn begin(outline: Outline, root: Root, meter: Arc<db::Meter>, telemetry: &Telemetry) -> Arc<Self> {
        measure(&outline, &telemetry.metrics);
        tell_fields(&outline.fields, &telemetry.metrics);
        let subscription = Self {
            telemetry: telemetry.clone(),
            root,
            // It may be kept for days.
            outline: Outline { fields: Vec::new(), ..outline },
            meter,
            field: OnceLock::new(),
            now: Mutex::new(Now { doing: None, woken: None, unsent: None }),
        };
        subscription.now().doing = Some(subscription.doing(root));
        Arc::new(subscription)
    }

    fn doing(&self, root: Root) -> Doing {
        let ran = Ran::begin(&self.outline, &root);
        ran.span.record("graphql.subscription.id", self.root.context.trace_id());
        Doing { ran, statements: self.meter.statements() }
    }

    /// The same responses, made in the spans that they belong to.
    pub(crate) fn follow<S>(self: Arc<Self>, mut responses: S) -> impl Stream<Item = Response> + Send + 'static
    where
        S: Stream<Item = Response> + Unpin + Send + 'static,
    {
        stream::poll_fn(move |cx| {
            // Nobody asks for more before they have sent what they had.
            self.sent();
            let span = self.now().doing.as_ref().map_or_else(Span::none, |doing| doing.ran.span.clone());
            let polled = span.in_scope(|| responses.poll_next_unpin(cx));
            if let Poll::Ready(Some(response)) = &polled {
                self.told(response);
            }
            polled
        })
    }

    /// From now on it listens, until what is returned is dropped.
    pub(crate) fn listens(&self, field: &str) -> Held {
        let metrics = &self.telemetry.metrics;
        let field = self.field.get_or_init(|| metrics.words.know(field));
        metrics.graphql_subscription_active.hold(&Labels { graphql_field_name: field })
    }

    /// It is done with what it did, and waits.
    pub(crate) fn waits(&self) {
        self.now().doing = None;
    }

    pub(crate) fn wakes(&self, woken: Woken) {
        self.now().woken = Some(woken);
        self.goes_on();
    }

    /// Whether it does something else from now on, still for the same reason.
    pub(crate) fn goes_on(&self) -> bool {
        let mut now = self.now();
        let is_new = now.doing.is_none();
        if is_new {
            let cause = now.woken.and_then(|woken| woken.cause).unwrap_or(self.root.context);
            let root = self.telemetry.root(None, None).coming_from(cause);
            now.doing = Some(self.doing(root));
        }
        is_new
    }

    fn told(&self, response: &Response) {
        let mut now = self.now();
        now.unsent = now.woken.map(|woken| woken.at);
        if let Some(doing) = now.doing.take() {
            let statements = self.meter.statements() - doing.statements;
            doing.ran.tell(&Ended::with(response), statements, &self.telemetry.metrics);
        }
        if let Some(graphql_field_name) = self.field.get().filter(|_| response.data != Value::Null) {
            self.telemetry.metrics.graphql_subscription_events.add_one(&Labels { graphql_field_name });
        }
    }

    fn sent(&self) {
        let unsent = self.now().unsent.take();
        if let (Some(since), Some(graphql_field_name)) = (unsent, self.field.get()) {
            let lag = &self.telemetry.metrics.graphql_subscription_lag;
            lag.observe(&Labels { graphql_field_name }, since.elapsed().as_secs_f64(), None);
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn show<'a>(metrics: &Metrics, fields: impl Iterator<Item = &'a str>) {
    for field in fields {
        let labels = Labels { graphql_field_name: metrics.words.know(field) };
        metrics.graphql_subscription_active.show(&labels);
        metrics.graphql_subscription_events.show(&labels);
        metrics.graphql_subscription_lag.show(&labels);
    }
}
