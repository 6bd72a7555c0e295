use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::registry::Registry;

use super::Number;
use super::labels::TraceId;
use crate::TraceContext;

/// What labels must be.
pub trait Labels: Clone + Hash + Eq + Debug + EncodeLabelSet + Send + Sync + 'static {}
impl<L: Clone + Hash + Eq + Debug + EncodeLabelSet + Send + Sync + 'static> Labels for L {}

/// Events of a kind, counted.
#[derive(Debug)]
pub struct Count<L: Labels>(Family<L, Counter>);

/// Something that goes up and down.
#[derive(Debug)]
pub struct Level<L: Labels>(Family<L, Number>);

/// How often there was how much of something, with traces as examples.
#[derive(Debug)]
pub struct Distribution<L: Labels> {
    family: Family<L, HistogramWithExemplars<TraceId>, Buckets>,
    /// When there was an example last. Only asked in recorded traces.
    examples: Mutex<HashMap<L, Instant>>,
}

/// How long an example stands.
const EXAMPLE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
struct Buckets(&'static [f64]);

/// Counts for as long as it is kept.
#[derive(Debug)]
pub struct Held(Number);

impl MetricConstructor<HistogramWithExemplars<TraceId>> for Buckets {
    fn new_metric(&self) -> HistogramWithExemplars<TraceId> {
        HistogramWithExemplars::new(self.0.iter().copied())
    }
}

impl<L: Labels> Count<L> {
    /// The name without `_total`, which is added.
    pub(super) fn register(registry: &mut Registry, name: &str, help: &str) -> Self {
        let family = Family::default();
        registry.register(name, help, family.clone());
        Self(family)
    }

    /// At 0, before there is any: nobody sees the first of a series that begins with it.
    pub fn show(&self, labels: &L) {
        self.add(labels, 0);
    }

    pub fn add(&self, labels: &L, more: u64) {
        self.0.get_or_create(labels).inc_by(more);
    }

    pub fn add_one(&self, labels: &L) {
        self.add(labels, 1);
    }

    /// For whoever counts elsewhere. Never goes back.
    pub fn reach(&self, labels: &L, count: u64) {
        self.0.get_or_create(labels).inner().fetch_max(count, Ordering::Relaxed);
    }
}

impl<L: Labels> Level<L> {
    pub(super) fn register(registry: &mut Registry, name: &str, help: &str) -> Self {
        let family = Family::default();
        registry.register(name, help, family.clone());
        Self(family)
    }

    /// At 0, before there is any.
    pub fn show(&self, labels: &L) {
        drop(self.0.get_or_create(labels));
    }

    pub fn set(&self, labels: &L, value: f64) {
        self.0.get_or_create(labels).set(value);
    }

    /// One more, until what is returned is dropped.
    pub fn hold(&self, labels: &L) -> Held {
        let number = self.0.get_or_create_owned(labels);
        number.inc();
        Held(number)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl<L: Labels> Distribution<L> {
    pub(super) fn register(registry: &mut Registry, name: &str, help: &str, buckets: &'static [f64]) -> Self {
        let family = Family::new_with_constructor(Buckets(buckets));
        registry.register(name, help, family.clone());
        Self { family, examples: Mutex::default() }
    }

    /// Empty, before there is any.
    pub fn show(&self, labels: &L) {
        drop(self.family.get_or_create(labels));
    }

    /// A recorded trace is an example of what it was like, if there is none. True if it is one, and must be kept.
    pub fn observe(&self, labels: &L, value: f64, trace: Option<TraceContext>) -> bool {
        let example = trace.filter(|trace| trace.is_sampled() && self.wants_example(labels));
        let (is_example, now) = (example.is_some(), example.map(|_| SystemTime::now()));
        let example = example.map(|trace| TraceId { trace_id: trace.trace_id() });
        self.family.get_or_create(labels).observe(value, example, now);
        is_example
    }

    fn wants_example(&self, labels: &L) -> bool {
        let mut examples = self.examples.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = examples.get(labels).is_none_or(|last| last.elapsed() >= EXAMPLE);
        if is_old {
            examples.insert(labels.clone(), Instant::now());
        }
        is_old
    }
}
