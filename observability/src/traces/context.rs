use std::fmt;

/// Where in which trace something happens, as the
/// [W3C](https://www.w3.org/TR/trace-context/#traceparent-header) writes it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    sampled: bool,
}

impl TraceContext {
    pub(crate) fn new(trace_id: u128, span_id: u64, sampled: bool) -> Option<Self> {
        (trace_id != 0 && span_id != 0).then_some(Self { trace_id, span_id, sampled })
    }

    /// Of a trace of its own.
    pub(crate) fn root(is_sampled: impl FnOnce(u128) -> bool) -> Self {
        let trace_id = fastrand::u128(1..);
        Self { trace_id, span_id: fastrand::u64(1..), sampled: is_sampled(trace_id) }
    }

    /// The same, for whoever wants lines that belong to the trace and no span.
    pub fn unsampled(self) -> Self {
        Self { sampled: false, ..self }
    }

    /// Of something else in the same trace.
    pub fn beside(self) -> Self {
        Self { span_id: fastrand::u64(1..), ..self }
    }

    /// Reads version 00, and what later ones begin with.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.split('-');
        let version = hex(parts.next()?, 2)?;
        let trace_id = hex(parts.next()?, 32)?;
        let span_id = hex(parts.next()?, 16)?;
        let flags = hex(parts.next()?, 2)?;
        let is_known = version != 0xff && (version != 0 || parts.next().is_none());
        is_known.then(|| Self::new(trace_id, span_id.try_into().ok()?, flags & 1 == 1)).flatten()
    }

    /// Where this thread is at the moment, if that is recorded.
    pub fn current() -> Option<Self> {
        super::recorder::current()
    }

    pub fn is_sampled(self) -> bool {
        self.sampled
    }

    /// In 32 digits, as log lines, metrics and errors quote it.
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace_id)
    }

    /// In 16 digits.
    pub(crate) fn span_id(self) -> String {
        format!("{:016x}", self.span_id)
    }

    pub(crate) fn ids(self) -> (u128, u64) {
        (self.trace_id, self.span_id)
    }
}

fn hex(digits: &str, length: usize) -> Option<u128> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.len() == length && digits.bytes().all(is_plain)).then(|| u128::from_str_radix(digits, 16).ok()).flatten()
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, u8::from(self.sampled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_read_is_written_the_same() {
        for text in [GIVEN, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"] {
            assert_eq!(TraceContext::parse(text).map(|context| context.to_string()).as_deref(), Some(text));
        }
        let root = TraceContext::root(|_| true);
        assert_eq!(TraceContext::parse(&root.to_string()), Some(root));
        assert_eq!(root.beside().trace_id(), root.trace_id());
    }

    #[test]
    fn a_later_version_may_go_on() {
        let later = format!("cc{}-what-comes", &GIVEN[2..]);
        assert_eq!(TraceContext::parse(&later), TraceContext::parse(GIVEN));
    }

    #[test]
    fn nonsense_is_not_read() {
        for nonsense in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::parse(nonsense), None, "{nonsense}");
        }
    }
}
