use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::Poll;

use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo};
use async_graphql::{QueryPathNode, QueryPathSegment, Response, ServerResult, Value};
use observability::Metrics;
use tracing::Span;
use tracing::field::Empty;

/// Makes spans of the fields that take time: those with fields of their own, and leaves that something is awaited for. It slows
/// execution down, so only operations that are recorded have it.
pub(crate) struct Fields {
    metrics: Metrics,
    /// Leaves that something was awaited for once: only then can they be told from others.
    slow: Arc<RwLock<HashSet<Name>>>,
}

/// A type and a field of it.
type Name = (&'static str, &'static str);

/// The fields of one operation.
struct OfOperation {
    metrics: Metrics,
    slow: Arc<RwLock<HashSet<Name>>>,
    times: Mutex<HashMap<Name, u32>>,
    suppressed: AtomicU64,
}

struct Field<'a> {
    name: Name,
    return_type: &'a str,
    path: &'a QueryPathNode<'a>,
}

/// Most spans of the same field in an operation: the rest of a list is hardly different.
const ALIKE: u32 = 3;

impl Fields {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self { metrics, slow: Arc::default() }
    }
}

impl ExtensionFactory for Fields {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(OfOperation {
            metrics: self.metrics.clone(),
            slow: self.slow.clone(),
            times: Mutex::default(),
            suppressed: AtomicU64::new(0),
        })
    }
}

#[async_trait]
impl Extension for OfOperation {
    async fn execute(&self, ctx: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        let response = next.run(ctx, name).await;
        let suppressed = self.suppressed.load(Ordering::Relaxed);
        if suppressed > 0 {
            Span::current().record("graphql.fields.suppressed", suppressed);
        }
        response
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let is_item = matches!(info.path_node.segment, QueryPathSegment::Index(_));
        if is_item || info.is_for_introspection || info.name.starts_with("__") {
            return next.run(ctx, info).await;
        }
        let words = &self.metrics.words;
        let name = (words.know(info.parent_type), words.know(info.name));
        let field = Field { name, return_type: info.return_type, path: info.path_node };
        let is_leaf = info.field.selection_set.node.items.is_empty();
        let mut span = (!is_leaf || self.is_slow(name)).then(|| self.span_of(&field));
        let mut resolving = pin!(next.run(ctx, info));
        poll_fn(|cx| {
            let polled = {
                let _entered = span.as_ref().map(Span::enter);
                resolving.as_mut().poll(cx)
            };
            if let (Poll::Ready(Err(_)), Some(span)) = (&polled, &span) {
                span.record("otel.status_code", "ERROR");
            }
            if polled.is_pending() && span.is_none() {
                self.slow.write().unwrap_or_else(PoisonError::into_inner).insert(name);
                span = Some(self.span_of(&field));
            }
            polled
        })
        .await
    }
}

impl OfOperation {
    fn is_slow(&self, name: Name) -> bool {
        self.slow.read().unwrap_or_else(PoisonError::into_inner).contains(&name)
    }

    /// What is suppressed happens in the span around it.
    fn span_of(&self, field: &Field<'_>) -> Span {
        let (parent_type, name) = field.name;
        let times = {
            let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
            let times = times.entry(field.name).or_default();
            *times += 1;
            *times
        };
        if times > ALIKE {
            self.suppressed.fetch_add(1, Ordering::Relaxed);
            return Span::none();
        }
        tracing::debug_span!(
            "field",
            otel.kind = "internal",
            otel.name = %format_args!("{parent_type}.{name}"),
            otel.status_code = Empty,
            graphql.field.name = name,
            graphql.field.parent_type = parent_type,
            graphql.field.return_type = field.return_type,
            graphql.field.path = %field.path,
        )
    }
}
