use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use super::recorder::within;
use crate::vocabulary::{is_root, is_traced};

/// Lets a layer see what is of a kind, whatever is logged.
pub(crate) struct Only(pub(crate) fn(&Metadata<'_>) -> bool);

/// Keeps spans from being made for traces that are not recorded. A filter of one layer would not: they were made for nobody.
pub(crate) struct Details;

impl<S> Filter<S> for Only {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.0(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.0(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}

/// What the recorder could record.
pub(crate) fn is_recorded(metadata: &Metadata<'_>) -> bool {
    is_traced(metadata) || metadata.is_event() && *metadata.level() <= Level::WARN
}

impl<S> Layer<S> for Details
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_detail(metadata) { Interest::sometimes() } else { Interest::always() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, ctx: Context<'_, S>) -> bool {
        !is_detail(metadata) || ctx.lookup_current().is_some_and(|span| within(&span, |_| ()).is_some())
    }
}

fn is_detail(metadata: &Metadata<'_>) -> bool {
    is_traced(metadata) && !is_root(metadata)
}
