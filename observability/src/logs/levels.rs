use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::Filter;
use tracing_subscriber::registry::LookupSpan;

/// The crates that are ours.
const OURS: &[&str] = &["api", "db", "linli", "observability"];

/// What is asked for, as far as it may be said. Libraries tell in detail what they are given: parameters of statements, and headers with
/// tokens. Of these, we want to hear no more than how they are.
pub(crate) fn levels<S>(asked_for: &str) -> impl Filter<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    EnvFilter::new(asked_for).and(filter_fn(may_be_said))
}

fn may_be_said(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || is_ours(metadata.target())
}

fn is_ours(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    OURS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_begins_like_ours_is_not() {
        assert!(is_ours("api::cli::serve") && is_ours("db"));
        assert!(!is_ours("dbase::api") && !is_ours("tokio_postgres::query") && !is_ours("log"));
    }
}
