use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::metrics::counter::{Atomic, Counter};

/// Seconds that are counted elsewhere.
#[derive(Debug, Default)]
pub(super) struct Seconds(AtomicU64);

impl Seconds {
    /// Never goes back.
    pub(super) fn reach(counter: &Counter<f64, Self>, seconds: f64) {
        let Self(bits) = counter.inner();
        if seconds > f64::from_bits(bits.load(Ordering::Relaxed)) {
            bits.store(seconds.to_bits(), Ordering::Relaxed);
        }
    }
}

impl Atomic<f64> for Seconds {
    fn inc(&self) -> f64 {
        self.inc_by(1.0)
    }

    fn inc_by(&self, more: f64) -> f64 {
        let before = self.get();
        self.0.store((before + more).to_bits(), Ordering::Relaxed);
        before
    }

    fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}
