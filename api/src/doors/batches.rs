use std::any::type_name;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use observability::Metrics;
use observability::metrics::Loader;
use tracing::field::Empty;
use tracing::{Id, Span};

/// Who waits for the batches of a kind of key, in one request.
pub(crate) struct Waiting<K> {
    asked: AtomicU64,
    spans: Mutex<HashMap<K, Vec<Id>>>,
}

impl<K> Default for Waiting<K> {
    fn default() -> Self {
        Self { asked: AtomicU64::new(0), spans: Mutex::default() }
    }
}

impl<K: Clone + Eq + Hash> Waiting<K> {
    /// Notes that somebody asks for a key, and in which span if that is to be linked.
    pub(crate) fn join(&self, key: &K, linked: bool) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if linked && let Some(span) = Span::current().id() {
            let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
            spans.entry(key.clone()).or_default().push(span);
        }
    }

    /// The span of a batch, which is that of whoever drives it, and is linked to the others that wait for it.
    pub(crate) fn served(&self, keys: &[K], metrics: &Metrics) -> Span {
        let name = short_name::<K>();
        let labels = Loader { graphql_dataloader_name: name };
        metrics.graphql_dataloader_batch_size.observe(&labels, keys.len() as f64, None);
        metrics.graphql_dataloader_keys_requested.add(&labels, self.asked.swap(0, Ordering::Relaxed));
        let span = tracing::debug_span!(
            "load",
            otel.kind = "internal",
            otel.name = %format_args!("load {name}"),
            otel.status_code = Empty,
            graphql.dataloader.name = name,
            graphql.dataloader.batch.size = keys.len(),
            graphql.dataloader.keys.requested = Empty,
            sampling.keep = Empty,
        );
        let waited = self.take(keys);
        if span.is_disabled() {
            // Lines still want to know which trace it is.
            return Span::current();
        }
        span.record("graphql.dataloader.keys.requested", waited.len());
        let mut linked: Vec<Id> = Span::current().id().into_iter().collect();
        for id in waited {
            if !linked.contains(&id) {
                span.follows_from(&id);
                linked.push(id);
            }
        }
        span
    }

    fn take(&self, keys: &[K]) -> Vec<Id> {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        if spans.is_empty() { Vec::new() } else { keys.iter().filter_map(|key| spans.remove(key)).flatten().collect() }
    }
}

fn short_name<K>() -> &'static str {
    type_name::<K>().rsplit("::").next().unwrap_or_default()
}
