use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Value;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter, SpanProcessor};

use crate::room::{Room, THINGS};

/// The way of spans to the collector, on which nobody waits: what it has no room for is dropped, and counted.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    processor: Arc<BatchSpanProcessor>,
    counts: Arc<Counts>,
}

/// What became of spans.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    waiting: Room,
    exported: AtomicU64,
    failed: AtomicU64,
    queue_full: AtomicU64,
    trace_full: AtomicU64,
}

/// The same, at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanCounts {
    pub exported: u64,
    pub failed: u64,
    pub dropped_of_full_queue: u64,
    pub dropped_of_full_trace: u64,
}

const BATCH: usize = 512;

const INTERVAL: Duration = Duration::from_secs(1);

impl Gate {
    pub(crate) fn open(exporter: impl SpanExporter + 'static, resource: &Resource) -> Self {
        let counts = Arc::<Counts>::default();
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(THINGS)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(INTERVAL)
            .build();
        let exporter = Counting { exporter, counts: counts.clone() };
        let mut processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
        processor.set_resource(resource);
        Self { processor: Arc::new(processor), counts }
    }

    pub(crate) fn pass(&self, span: SpanData) {
        // The processor has a bound of its own, but tells nobody what it drops.
        if self.counts.waiting.enter(size(&span)) {
            self.processor.on_end(span);
        } else {
            self.counts.queue_full.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Sends what waits, if that can be done in time.
    pub(crate) fn close(&self, patience: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(patience)
    }
}

impl Counts {
    pub(crate) fn dropped_of_full_trace(&self) {
        self.trace_full.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> SpanCounts {
        SpanCounts {
            exported: self.exported.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            dropped_of_full_queue: self.queue_full.load(Ordering::Relaxed),
            dropped_of_full_trace: self.trace_full.load(Ordering::Relaxed),
        }
    }
}

/// How much text a span has.
fn size(span: &SpanData) -> usize {
    let of_value = |value: &Value| if let Value::String(text) = value { text.as_str().len() } else { 0 };
    span.name.len() + span.attributes.iter().map(|attribute| of_value(&attribute.value)).sum::<usize>()
}

#[derive(Debug)]
struct Counting<E> {
    exporter: E,
    counts: Arc<Counts>,
}

impl<E: SpanExporter> SpanExporter for Counting<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.counts.waiting.leave(spans, batch.iter().map(size).sum());
        let exported = self.exporter.export(batch).await;
        let counter = if exported.is_ok() { &self.counts.exported } else { &self.counts.failed };
        counter.fetch_add(spans as u64, Ordering::Relaxed);
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
