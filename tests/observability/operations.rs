//! What is told of operations: what they ask for, where their time goes, and how they end.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::collector::{Collector, Manner, Trace};
use tests::{metric, until};

use crate::watched::{Watched, id};

const REVIEWS: &str = "query Reviews($id: ID!) { shop(id: $id) { reviews(first: 12) { edges { node {
    rating viewerHasLiked author { nickname } } } } } }";

async fn twelve_reviews(watched: &Watched) -> Value {
    let shop = watched.app.shop("Noodles").await;
    for number in 0..12 {
        watched.app.review(watched.app.user(&format!("author_{number}")).await, shop, 4).await;
    }
    json!({ "id": id(shop) })
}

fn named<'a>(trace: &'a Trace, name: &str) -> Vec<&'a str> {
    trace.spans.iter().filter(|span| span.name == name).map(|span| span.id.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_take_time_have_spans_and_batches_are_linked_to_those_who_wait() {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::by(&collector.url).await;
    let (shop, viewer) = (twelve_reviews(&watched).await, watched.app.user("viewer").await);
    // That a leaf takes time is learnt from the first who asks.
    watched.ask_as(Some(viewer), REVIEWS, shop.clone()).await.data();
    let answer = watched.ask_as(Some(viewer), REVIEWS, shop).await;
    answer.data();

    let trace = collector.trace(&answer.trace_id).await;
    let (authors, likes) = (named(&trace, "Review.author"), named(&trace, "Review.viewerHasLiked"));
    assert_eq!((authors.len(), likes.len()), (3, 3), "{trace}");
    assert!(named(&trace, "Review.rating").is_empty() && named(&trace, "User.nickname").is_empty(), "{trace}");
    // All but three of each of twelve nodes, authors and likes.
    assert_eq!(trace.span("query").attribute("graphql.fields.suppressed"), &json!(27), "{trace}");
    for (load, waiting) in [("load UserId", authors), ("load ViewerLikes", likes)] {
        let load = trace.span(load);
        let linked: BTreeSet<&str> = load.links.iter().map(|(_, span)| span.as_str()).collect();
        let told: BTreeSet<&str> = linked.into_iter().chain([load.parent.as_str()]).collect();
        assert!(waiting.iter().all(|span| told.contains(span)), "{load:?}\n{trace}");
        let size = load.attribute("graphql.dataloader.batch.size");
        assert_eq!((size, load.attribute("graphql.dataloader.keys.requested")), (&json!(12), &json!(12)), "{trace}");
    }
    assert_eq!(trace.span("Shop.reviews").attribute("graphql.field.path"), "shop.reviews");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_operations_ask_for_is_counted() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    let shop = twelve_reviews(&watched).await;
    watched.ask(REVIEWS, shop.clone()).await.data();
    watched.ask(REVIEWS, shop).await.data();
    assert!(watched.ask("{ shop(id: \"\") { nonsense } }", json!({})).await.text.contains("BAD_INPUT"));
    let used = |parent: &str, field: &str| {
        format!(
            "graphql_field_requests_total{{graphql_field_parent_type=\"{parent}\",graphql_field_name=\"{field}\",deprecated=\"false\"}}"
        )
    };
    for (series, count) in [
        (used("Query", "shop"), 2.0),
        (used("Review", "author"), 2.0),
        (used("User", "handle"), 0.0),
        ("graphql_operation_depth_sum{graphql_operation_type=\"query\"}".into(), 6.0 + 6.0 + 2.0),
        ("graphql_operation_complexity_sum{graphql_operation_type=\"query\"}".into(), 8.0 + 8.0 + 2.0),
        ("graphql_dataloader_keys_requested_total{graphql_dataloader_name=\"UserId\"}".into(), 24.0),
        ("graphql_dataloader_batch_size_count{graphql_dataloader_name=\"UserId\"}".into(), 2.0),
        ("graphql_operation_errors_total{graphql_error_code=\"BAD_INPUT\"}".into(), 1.0),
    ] {
        assert!((watched.metric(&series).await - count).abs() < f64::EPSILON, "{series} is not {count}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_are_refused_count_as_errors() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    assert!(watched.ask("{ shop", json!({})).await.text.contains("syntax error"));
    let errors = "graphql_operation_errors_total{graphql_error_code=\"BAD_INPUT\"}";
    assert!((watched.metric(errors).await - 1.0).abs() < f64::EPSILON);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_operations_are_told_apart_if_they_are_executed_and_not_too_long() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    for number in 0..210 {
        watched.ask(&format!("query Refused{number} {{ nonsense }}"), json!({})).await;
    }
    watched.ask(&format!("query {} {{ __typename }}", "Long".repeat(50_000)), json!({})).await.data();
    watched.ask("query Front { __typename }", json!({})).await.data();
    let metrics = watched.metrics().await;
    assert!(metrics.len() < 200_000 && !metrics.contains("Refused"), "{} bytes", metrics.len());
    let count = |name: &str, error: &str| {
        let labels =
            format!("graphql_operation_type=\"query\",graphql_operation_name=\"{name}\",error_type=\"{error}\"");
        metric(&metrics, &format!("graphql_operation_duration_seconds_count{{{labels}}}"))
    };
    let counts = [count("Front", ""), count(&"Long".repeat(24), ""), count("__other__", "validation")];
    assert!(
        counts.iter().zip([1.0, 1.0, 210.0]).all(|(count, expected)| (count - expected).abs() < f64::EPSILON),
        "{counts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_of_a_request_says_what_it_ran() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    let shop = twelve_reviews(&watched).await;
    let answer = watched.ask(REVIEWS, shop).await;
    answer.data();
    let refused = watched.ask("query Wrong { nonsense }", json!({})).await;
    let line_of = async |trace_id: &str| {
        let is_line = |line: &Value| line["message"] == "answered" && line["trace_id"] == trace_id;
        until("the line is printed", async || watched.server.log().into_iter().find(is_line)).await
    };
    let line = line_of(&answer.trace_id).await;
    assert_eq!(
        (&line["graphql.operation.type"], &line["graphql.operation.name"]),
        (&json!("query"), &json!("Reviews"))
    );
    assert!(line["db.statements"].as_u64() >= Some(2) && line["error.type"].is_null(), "{line}");
    let line = line_of(&refused.trace_id).await;
    assert_eq!((&line["graphql.operation.name"], &line["error.type"]), (&json!("Wrong"), &json!("validation")));
}

#[tokio::test(flavor = "multi_thread")]
async fn why_mutations_do_nothing_is_counted() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    let (shop, author) = (watched.app.shop("Noodles").await, watched.app.user("author").await);
    let input = json!({ "shopId": id(shop), "rating": 6, "body": " " });
    watched.mutate(Some(author), "createReview", input, "").await.data();
    let refused = watched.metric("graphql_user_errors_total{graphql_error_code=\"BAD_INPUT\"}").await;
    assert!((refused - 2.0).abs() < f64::EPSILON, "{refused}, of a rating and a body");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_statement_is_a_line_of_its_trace() {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::by(&collector.url).await;
    let shop = twelve_reviews(&watched).await;
    let holder = watched.lock_reviews().await;
    let (answer, ()) = tokio::join!(watched.ask(REVIEWS, shop), async {
        watched.waits_for_reviews().await;
        holder.batch_execute("select pg_sleep(0.3); rollback").await.expect("no lock");
    });
    answer.data();
    let is_line = |line: &Value| line["message"] == "slow statement" && line["trace_id"] == answer.trace_id.as_str();
    let line = until("the line is printed", async || watched.server.log().into_iter().find(is_line)).await;
    assert_eq!((&line["db.query.summary"], &line["level"]), (&json!("SELECT reviews"), &json!("WARN")), "{line}");
    assert_eq!(line["graphql.operation.name"], "Reviews", "{line}");
    let trace = collector.trace(&answer.trace_id).await;
    assert!(trace.spans.iter().any(|span| span.attributes.contains_key("sampling.keep")), "{trace}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_nobody_waits_for_any_more_was_cancelled() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    let shop = twelve_reviews(&watched).await;
    let holder = watched.lock_reviews().await;
    let body = json!({ "query": REVIEWS, "variables": shop });
    // By HTTP/2, a server knows at once who hangs up.
    let http = reqwest::Client::builder().http2_prior_knowledge().build().expect("a client");
    let asking = tokio::spawn(http.post(format!("{}/graphql", watched.server.address)).json(&body).send());
    watched.waits_for_reviews().await;
    asking.abort();
    watched.shows("graphql_operation_duration_seconds_count{graphql_operation_type=\"query\",graphql_operation_name=\"Reviews\",error_type=\"cancelled\"} 1\n").await;
    let request = "http_server_request_duration_seconds_count{http_request_method=\"POST\",http_route=\"\",http_response_status_code=\"\",error_type=\"cancelled\"} 1\n";
    watched.shows(request).await;
    let hung_up = |line: &Value| line["message"] == "hung up" && line["graphql.operation.name"] == "Reviews";
    until("the line is printed", async || watched.server.log().into_iter().find(hung_up)).await;
    holder.batch_execute("rollback").await.expect("no lock");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deepest_operations_are_recorded_too() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    let (shop, author) = (watched.app.shop("Noodles").await, watched.app.user("author").await);
    let input = json!({ "shopId": id(shop), "rating": 4, "body": "Good" });
    // Twenty levels, of which a mutation takes two, and each turn four.
    let deepest = (0..4).fold("shop { name }".to_owned(), |within, _| {
        format!("shop {{ reviews(first: 1) {{ edges {{ node {{ {within} }} }} }} }}")
    });
    let answer = watched.mutate(Some(author), "createReview", input, &format!("review {{ {deepest} }}")).await;
    let data = answer.data();
    let body = "/createReview/review".to_owned() + &"/shop/reviews/edges/0/node".repeat(4) + "/shop/name";
    assert_eq!(data.pointer(&body), Some(&json!("Noodles")), "{data}");
}
