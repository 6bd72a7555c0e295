//! What is told of events that can't be handled.

use tests::collector::{Collector, Manner};

use crate::watched::Watched;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_is_told() {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::by(&collector.url).await;
    watched
        .app
        .execute(
            "insert into events (id, subject_id, kind, payload, due_at)
             values ('019bc000-0000-7000-8000-000000000001', '019bc000-0000-7000-8000-000000000002', 'liked', '{}', now())",
        )
        .await;
    watched.shows("event_kind=\"liked\",error_type=\"failed\"} 1\n").await;
    let span = collector
        .until("the event is exported", |kept| kept.spans.iter().find(|span| span.name == "process events").cloned())
        .await;
    assert!(span.has_failed);
    assert_eq!(span.attribute("messaging.operation.type"), "process");
}
