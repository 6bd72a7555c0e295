use std::fmt::{self, Write};

use super::Span;

/// What happened in the course of what.
#[derive(Clone, Debug)]
pub struct Trace {
    /// In the order in which they began.
    pub spans: Vec<Span>,
}

impl Trace {
    pub(super) fn of(spans: &[Span], trace_id: &str) -> Self {
        let mut spans: Vec<Span> = spans.iter().filter(|span| span.trace_id == trace_id).cloned().collect();
        // Of those that begin at the same time, what ends last is around the others.
        spans.sort_by_key(|span| (span.start, u64::MAX - span.end));
        Self { spans }
    }

    /// The first span of a name.
    #[track_caller]
    pub fn span(&self, name: &str) -> &Span {
        self.spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no `{name}` in\n{self}"))
    }

    /// What a span is in; none if that is not of this trace, or not known.
    pub fn parent(&self, of: &Span) -> Option<&Span> {
        self.spans.iter().find(|span| span.id == of.parent)
    }

    /// The names of what a span is in, the closest first.
    pub fn around<'a>(&'a self, span: &'a Span) -> impl Iterator<Item = &'a str> {
        std::iter::successors(self.parent(span), |span| self.parent(span)).map(|span| span.name.as_str())
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, span: &Span, depth: usize) -> fmt::Result {
        let mut line = format!("{}{}", "  ".repeat(depth), span.name);
        write!(line, "{}", " ".repeat(NAMES.saturating_sub(line.chars().count()).max(1)))?;
        writeln!(f, "{line}{:>9.2} ms", span.millis())?;
        let mut inner = self.spans.iter().filter(|inner| inner.parent == span.id);
        inner.try_for_each(|inner| self.write(f, inner, depth + 1))
    }
}

/// How wide the names are that durations stand beside.
const NAMES: usize = 52;

/// A line for each span, below what it is in.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut roots = self.spans.iter().filter(|span| self.parent(span).is_none());
        roots.try_for_each(|root| self.write(f, root, 0))
    }
}
