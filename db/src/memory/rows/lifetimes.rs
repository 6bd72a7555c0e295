use std::time::Duration;

/// How long rows are kept. What was changed is forgotten at once, whatever is said here.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// How long a row is as good as new, a tenth more or less. Whoever asks for it later has it loaded anew in the background.
    pub fresh: Duration,
    /// How long it may be used after that.
    pub stale: Duration,
    /// How long all leave it to one to load it anew.
    pub renewal: Duration,
    /// How long it is remembered that there is no such row.
    pub absent: Duration,
    /// How long whoever wrote reads PostgreSQL, since other instances may not have heard of it.
    pub own_write: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            fresh: Duration::from_mins(5),
            stale: Duration::from_mins(25),
            renewal: Duration::from_secs(10),
            absent: Duration::from_secs(10),
            own_write: Duration::from_secs(5),
        }
    }
}

impl Lifetimes {
    /// How long anything is kept at the most.
    pub(super) fn longest(&self) -> Duration {
        self.fresh.mul_f64(1.1) + self.stale
    }
}

/// What was loaded together does not end together.
pub(crate) fn jittered(lifetime: Duration) -> Duration {
    lifetime.mul_f64(0.9 + 0.2 * fastrand::f64())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_was_loaded_together_ends_over_a_fifth_of_its_lifetime() {
        let ends: HashSet<_> = (0..1_000).map(|_| jittered(Duration::from_secs(100)).as_secs()).collect();
        assert!(ends.iter().all(|end| (90..=110).contains(end)), "{ends:?}");
        assert!(ends.len() >= 15, "{ends:?}");
    }
}
