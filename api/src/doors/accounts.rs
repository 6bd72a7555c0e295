use std::time::Instant;

use observability::Metrics;
use observability::metrics::{Alone, Attempt as Labels, Held};

/// Counts who wants in, and what it takes to find out whether they may. Of those who may not, nobody learns why.
#[derive(Clone, Debug)]
pub(crate) struct Entrance(Metrics);

/// How somebody proves who they are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Password,
    Code,
    SignUp,
    Refresh,
}

/// Is counted once, when it is dropped: as an error, unless it came to an end.
pub(crate) struct Attempt {
    metrics: Metrics,
    labels: Labels,
}

impl Entrance {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        for way in [Way::Password, Way::Code, Way::SignUp, Way::Refresh] {
            for outcome in ["ok", "refused", "error"] {
                metrics.auth_attempts.show(&Labels { method: way.method(), outcome });
            }
        }
        metrics.password_hash_duration.show(&Alone);
        metrics.password_hash_pending_requests.show(&Alone);
        Self(metrics.clone())
    }

    pub(crate) fn attempt(&self, way: Way) -> Attempt {
        Attempt { metrics: self.0.clone(), labels: Labels { method: way.method(), outcome: "error" } }
    }

    /// Somebody waits for a turn to hash, until what is returned is dropped.
    pub(crate) fn wait(&self) -> Held {
        self.0.password_hash_pending_requests.hold(&Alone)
    }

    /// Hashes, in whichever trace this thread is.
    pub(crate) fn hash<T>(&self, work: impl FnOnce() -> T) -> T {
        let span = tracing::debug_span!("hash password", otel.kind = "internal");
        let started = Instant::now();
        let hashed = span.in_scope(work);
        self.0.password_hash_duration.observe(&Alone, started.elapsed().as_secs_f64(), None);
        hashed
    }
}

impl Attempt {
    pub(crate) fn ended(mut self, is_in: bool) {
        self.labels.outcome = if is_in { "ok" } else { "refused" };
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.metrics.auth_attempts.add_one(&self.labels);
    }
}

impl Way {
    fn method(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::SignUp => "sign_up",
            Self::Refresh => "refresh",
        }
    }
}

#[cfg(test)]
mod tests {
    use observability::Telemetry;

    use super::*;

    #[test]
    fn an_attempt_counts_once_whatever_becomes_of_it() {
        let telemetry = Telemetry::default();
        let entrance = Entrance::new(&telemetry.metrics);
        entrance.attempt(Way::Password).ended(true);
        entrance.attempt(Way::Password).ended(false);
        drop(entrance.attempt(Way::Refresh));
        let shown = telemetry.render();
        for (method, outcome, count) in [
            ("password", "ok", 1),
            ("password", "refused", 1),
            ("password", "error", 0),
            ("refresh", "error", 1),
            ("sign_up", "ok", 0),
        ] {
            let line = format!("auth_attempts_total{{method=\"{method}\",outcome=\"{outcome}\"}} {count}\n");
            assert!(shown.contains(&line), "{line} is not in {shown}");
        }
    }
}
