use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::line::{Known, Line, Said};
use super::{Loki, Stdout};
use crate::vocabulary::is_root;

/// Makes a line of each event, and hands it to those who write it.
pub(crate) struct Lines {
    pub(crate) stdout: Option<Stdout>,
    pub(crate) loki: Option<Loki>,
}

impl<S> Layer<S> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let mut said = Said::default();
        attributes.record(&mut Known::of_span(&mut said));
        // Details say all they say when they begin, and most have nothing to say to a line.
        if is_root(attributes.metadata()) || !said.0.is_empty() {
            span.extensions_mut().insert(said);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        if let Some(said) = span.extensions_mut().get_mut::<Said>() {
            values.record(&mut Known::of_span(said));
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let mut line = Line::new(event.metadata());
        event.record(&mut Known::of_event(&mut line.said));
        for span in ctx.event_scope(event).into_iter().flatten() {
            if let Some(said) = span.extensions().get::<Said>() {
                line.add(said);
            }
        }
        if let Some(stdout) = &self.stdout {
            stdout.write(&line);
        }
        if let Some(loki) = &self.loki {
            loki.send(line);
        }
    }
}
