use super::*;
use crate::TraceContext;

fn rendered(metrics: &Metrics) -> String {
    metrics.render(SpanCounts::default(), &[])
}

#[test]
fn an_example_is_of_a_recorded_trace_and_one_of_many() {
    let metrics = Metrics::new("1", "abc");
    let labels = OperationType { graphql_operation_type: "query" };
    let at =
        |flags: &str| TraceContext::parse(&format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}"));
    assert!(!metrics.graphql_operation_depth.observe(&labels, 2.0, at("00")));
    assert!(!rendered(&metrics).contains("trace_id"));
    assert!(metrics.graphql_operation_depth.observe(&labels, 2.0, at("01")));
    assert!(!metrics.graphql_operation_depth.observe(&labels, 2.0, at("01")), "one a second is enough");
    assert!(rendered(&metrics).contains("# {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"} 2.0"));
}

#[test]
fn what_is_held_counts_until_it_is_let_go() {
    let metrics = Metrics::new("1", "abc");
    let held = metrics.password_hash_pending_requests.hold(&Alone);
    assert!(rendered(&metrics).contains("\npassword_hash_pending_requests{} 1.0\n"));
    drop(held);
    assert!(rendered(&metrics).contains("\npassword_hash_pending_requests{} 0.0\n"));
}

#[test]
fn the_end_is_marked() {
    let text = rendered(&Metrics::new("1", "abc"));
    assert!(text.contains("linli_build_info{version=\"1\",commit=\"abc\"} 1.0"), "{text}");
    assert!(text.ends_with("# EOF\n"));
}
