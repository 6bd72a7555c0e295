use std::net::IpAddr;

use ipnet::IpNet;

use super::TraceContext;

/// Decides where traces begin, and which are recorded.
#[derive(Clone, Debug)]
pub(crate) struct Roots {
    /// Of 2^64 traces, how many are recorded.
    threshold: u128,
    /// Who may say which trace they belong to, and whether it is recorded.
    trusted: Vec<IpNet>,
}

/// What comes in from outside, or begins by itself, in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    pub context: TraceContext,
    /// What it is a part of.
    pub parent: Option<TraceContext>,
    /// What it comes from, but is not a part of.
    pub origin: Option<TraceContext>,
}

impl Roots {
    pub(crate) fn new(ratio: f64, trusted: &[IpNet]) -> Self {
        // The bounds of `ratio` keep this within what a u128 can be.
        Self { threshold: (ratio * (u64::MAX as f64 + 1.0)) as u128, trusted: trusted.to_vec() }
    }

    pub(crate) fn root(&self, traceparent: Option<&str>, peer: Option<IpAddr>) -> Root {
        let remote = traceparent.and_then(TraceContext::parse);
        let is_trusted = peer.is_some_and(|peer| self.trusts(peer));
        match remote {
            Some(parent) if is_trusted => Root { context: parent.beside(), parent: Some(parent), origin: None },
            origin => Root { context: TraceContext::root(|id| self.samples(id)), parent: None, origin },
        }
    }

    /// By the half of the id that is random in all versions of the W3C's, so that all who decide by it decide alike.
    fn samples(&self, trace_id: u128) -> bool {
        (trace_id & u128::from(u64::MAX)) < self.threshold
    }

    fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.trusted.iter().any(|network| network.contains(&peer))
    }
}

impl Root {
    /// The same, which comes from elsewhere.
    pub fn coming_from(self, origin: TraceContext) -> Self {
        Self { origin: Some(origin), ..self }
    }

    /// Of what follows from something that happened before, in the same trace.
    pub fn following(cause: TraceContext) -> Self {
        Self { context: cause.beside(), parent: Some(cause), origin: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn roots(ratio: f64) -> Roots {
        Roots::new(ratio, &["10.0.0.0/8".parse().expect("a network")])
    }

    #[test]
    fn who_is_trusted_says_which_trace_it_is() {
        let root = roots(0.0).root(Some(GIVEN), Some("::ffff:10.1.2.3".parse().expect("an address")));
        assert_eq!(root.parent, TraceContext::parse(GIVEN));
        assert_eq!(root.context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(root.context.is_sampled() && root.parent != Some(root.context));
    }

    #[test]
    fn who_is_not_is_remembered_and_has_no_say() {
        for peer in [None, Some("192.0.2.1".parse().expect("an address"))] {
            let root = roots(0.0).root(Some(GIVEN), peer);
            assert_eq!((root.parent, root.origin), (None, TraceContext::parse(GIVEN)));
            assert!(!root.context.is_sampled());
            assert_ne!(root.context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        }
    }

    #[test]
    fn as_many_are_recorded_as_shall_be() {
        for (ratio, least, most) in [(0.0, 0, 0), (1.0, 10_000, 10_000), (0.1, 850, 1150)] {
            let recorded = (0..10_000).filter(|_| roots(ratio).root(None, None).context.is_sampled()).count();
            assert!((least..=most).contains(&recorded), "{recorded} of {ratio}");
        }
    }
}
