//! What happens in the course of a request, as a collector is told.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Stdio};

use serde_json::{Value, json};
use tests::collector::{Collector, Manner, Span, Trace};
use tests::program::linli;
use tests::{Redis, until};

use crate::files::{each, root, text, yaml};
use crate::watched::{Answer, PARENT, Watched, id};

const SHOP_PAGE: &str = "query ShopPage($id: ID!) { shop(id: $id) { name
    reviews(first: 5) { edges { node { rating author { nickname } } } } } }";

/// A shop with reviews.
async fn stage(watched: &Watched) -> db::ShopId {
    let shop = watched.app.shop("Noodles").await;
    for author in ["ada", "eve"] {
        watched.app.review(watched.app.user(author).await, shop, 4).await;
    }
    shop
}

/// What is within something begins after it and ends before it, and all but the first is within something.
fn nests(trace: &Trace) {
    let [first, others @ ..] = &trace.spans[..] else { panic!("no spans") };
    assert_eq!(trace.parent(first).map(|parent| &parent.name), None, "{trace}");
    for span in others {
        let around = trace.parent(span).unwrap_or_else(|| panic!("`{}` is nowhere in\n{trace}", span.name));
        assert!(around.start <= span.start && span.end <= around.end, "`{}` is longer in\n{trace}", span.name);
    }
}

async fn a_request_is_a_tree(protocol: &str) {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::otherwise(&collector.url, |command| {
        command.env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol).env("LINLI_LOKI_URL", &collector.url);
        command.env("LINLI_ENVIRONMENT", "trial");
    })
    .await;
    let answer = watched.ask(SHOP_PAGE, json!({ "id": id(stage(&watched).await) })).await;
    assert_eq!(answer.data()["shop"]["name"], "Noodles");
    assert!(answer.is_sampled);

    let trace = collector.trace(&answer.trace_id).await;
    nests(&trace);
    let (request, operation) = (trace.span("POST /graphql"), trace.span("query"));
    assert_eq!((request.parent.as_str(), request.id.as_str()), (PARENT, answer.span_id.as_str()));
    assert_eq!(operation.parent, request.id);
    assert_eq!((operation.kind, operation.attribute("graphql.operation.name")), ("server", &json!("ShopPage")));
    for (load, statement) in [("load ShopId", "SELECT shops"), ("load UserId", "SELECT users")] {
        let (load, statement) = (trace.span(load), trace.span(statement));
        assert!(trace.around(load).any(|name| name == "query"), "{trace}");
        assert_eq!((statement.parent.as_str(), statement.kind), (load.id.as_str(), "client"), "{trace}");
        assert!(text(statement.attribute("db.query.text")).contains("$1"), "{statement:?}");
    }
    let contract = yaml(&root().join("observability/telemetry.yaml"));
    let promised: BTreeSet<&str> =
        contract["resource"].as_object().expect("names").keys().map(String::as_str).collect();
    assert_eq!(request.resource.keys().map(String::as_str).collect::<BTreeSet<_>>(), promised);
    assert_eq!(request.resource["deployment.environment.name"], "trial");

    found_in_lines_and_metrics(&watched, &collector, &answer).await;
}

/// From each of them, one gets to the trace.
async fn found_in_lines_and_metrics(watched: &Watched, collector: &Collector, answer: &Answer) {
    let is_answer = |line: &Value| line["message"] == "answered" && line["trace_id"] == answer.trace_id.as_str();
    let printed = until("the line is printed", async || watched.server.log().into_iter().find(is_answer)).await;
    let sent = collector
        .until("the line is sent to Loki", |kept| kept.lines.iter().find(|line| is_answer(&line.said)).cloned())
        .await;
    for line in [&printed, &sent.said] {
        assert_eq!((&line["span_id"], &line["http.route"]), (&json!(answer.span_id), &json!("/graphql")), "{line}");
    }
    let labels = [("env", "trial"), ("level", "info"), ("service_name", "linli")];
    assert_eq!(sent.labels, labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    let exemplar = format!("trace_id=\"{}\"", answer.trace_id);
    let metrics = watched.metrics().await;
    for histogram in ["http_server_request_duration_seconds", "graphql_operation_duration_seconds"] {
        let of_it = |line: &&str| line.starts_with(histogram) && line.contains(&exemplar);
        assert!(metrics.lines().any(|line| of_it(&line)), "{histogram}: {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_tree_that_is_sent_by_http() {
    a_request_is_a_tree("http/protobuf").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_tree_that_is_sent_by_grpc() {
    a_request_is_a_tree("grpc").await;
}

/// A process that is killed with the test.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_from_a_mutation_is_a_part_of_its_trace_in_another_process_too() {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::otherwise(&collector.url, |command| {
        command.env("LINLI_NO_WORKER", "true");
    })
    .await;
    let mut command = linli(&["worker", "--otlp-protocol", "http/protobuf", "--otlp-endpoint", &collector.url]);
    command.env("DATABASE_URL", &watched.app.database_url).stdout(Stdio::null());
    let _worker = Worker(command.spawn().expect("linli runs"));

    let (fan, star) = (watched.app.user("fan").await, watched.app.user("star").await);
    let follow = json!({ "userId": id(star), "following": true });
    let answer = watched.mutate(Some(fan), "setFollow", follow, "user { id }").await;
    answer.data();
    let is_of_it = |span: &&Span| span.trace_id == answer.trace_id && span.name == "process events";
    let event = collector.until("the event is processed", |kept| kept.spans.iter().find(is_of_it).cloned()).await;
    let trace = collector.trace(&answer.trace_id).await;
    let mutation = trace.span("mutation");
    assert_eq!(event.parent, mutation.id, "{trace}");
    assert_eq!((event.kind, event.attribute("event.kind")), ("consumer", &json!("user_followed")));
    assert_ne!(event.resource["service.instance.id"], mutation.resource["service.instance.id"]);
    let is_within = |span: &Span| span.parent == event.id && span.name.contains("notifications");
    assert!(trace.spans.iter().any(is_within), "{trace}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_the_end_is_heard() {
    let collector = Collector::start(Manner::Keeps);
    let mut watched = Watched::otherwise(&collector.url, |command| {
        command.env("LINLI_LOKI_URL", &collector.url);
    })
    .await;
    let answer = watched.ask("{ __typename }", json!({})).await;
    watched.server.signal("TERM");
    assert!(watched.server.ended().success());
    collector.look(|kept| {
        assert!(kept.spans.iter().any(|span| span.id == answer.span_id), "{:?}", kept.spans);
        assert!(kept.lines.iter().any(|line| line.said["trace_id"] == answer.trace_id.as_str()), "{:?}", kept.lines);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_nobody_trusts_is_linked_to_and_has_no_say() {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::otherwise(&collector.url, |command| {
        command.env("LINLI_TRACE_PEERS", "10.0.0.0/8");
    })
    .await;
    let theirs = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = watched.request().json(&json!({ "query": "{ __typename }" }));
    let answer = watched.send(request.header("traceparent", format!("00-{theirs}-{PARENT}-00"))).await;
    assert!(answer.is_sampled && answer.trace_id != theirs);
    let trace = collector.trace(&answer.trace_id).await;
    let request = trace.span("POST /graphql");
    assert_eq!(request.parent, "");
    assert_eq!(request.links, [(theirs.to_owned(), PARENT.to_owned())]);
    assert!(collector.look(|kept| kept.spans.iter().all(|span| span.trace_id != theirs)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_has_a_bound_and_what_is_beyond_is_counted() {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::otherwise(&collector.url, |command| {
        command.env("LINLI_MAX_SPANS", "3");
    })
    .await;
    let answer = watched.ask(SHOP_PAGE, json!({ "id": id(stage(&watched).await) })).await;
    answer.data();
    let trace = collector.trace(&answer.trace_id).await;
    assert_eq!(trace.spans.len(), 3, "{trace}");
    let dropped = watched.metric("otel_sdk_processor_span_dropped_total{reason=\"trace_full\"}").await;
    assert!(dropped >= 3.0, "{dropped}, of two loaders with a statement each, and of reviews");
}

/// What each kind of span is, and may tell.
struct Contract(BTreeMap<String, (String, BTreeSet<String>)>);

impl Contract {
    fn read() -> Self {
        let contract = yaml(&root().join("observability/telemetry.yaml"));
        let of_all: BTreeSet<String> = each(&contract["of_all_spans"]).map(|name| text(name).to_owned()).collect();
        let kinds = contract["spans"].as_object().expect("spans").iter().map(|(name, span)| {
            let own = each(&span["attributes"]).map(|name| text(name).to_owned());
            (name.clone(), (text(&span["kind"]).to_owned(), own.chain(of_all.iter().cloned()).collect()))
        });
        Self(kinds.collect())
    }

    /// What is said beyond it.
    fn breaches(&self, span: &Span) -> Vec<String> {
        let name = kind_of(span);
        let Some((kind, attributes)) = self.0.get(&name) else { return vec![format!("a span `{name}`")] };
        let mut breaches: Vec<_> = span.attributes.keys().filter(|key| !attributes.contains(*key)).cloned().collect();
        if span.kind != kind {
            breaches.push(format!("kind {}", span.kind));
        }
        breaches.into_iter().map(|breach| format!("{breach} of `{name}`")).collect()
    }
}

/// As the contract calls spans of which there are many, if their names are made of what they say they are.
fn kind_of(span: &Span) -> String {
    let said = |name| text(span.attribute(name)).to_owned();
    for (attribute, name, kind) in [
        ("db.query.summary", said("db.query.summary"), "{summary}"),
        ("db.operation.name", said("db.operation.name"), "{COMMAND}"),
        ("graphql.dataloader.name", format!("load {}", said("graphql.dataloader.name")), "load {Loader}"),
        (
            "graphql.field.name",
            format!("{}.{}", said("graphql.field.parent_type"), said("graphql.field.name")),
            "{Type}.{field}",
        ),
        ("graphql.operation.type", said("graphql.operation.type"), "{operation type}"),
        (
            "http.request.method",
            format!("{} {}", said("http.request.method"), said("http.route")).trim_end().to_owned(),
            "{method} {route}",
        ),
    ] {
        if span.attributes.contains_key(attribute) && span.name == name {
            return kind.to_owned();
        }
    }
    span.name.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_and_lines_say_what_the_contract_knows() {
    let (collector, redis) = (Collector::start(Manner::Keeps), Redis::start().await);
    let watched = Watched::otherwise(&collector.url, |command| {
        command.env("REDIS_URL", redis.url()).env("LINLI_LOKI_URL", &collector.url).env("LINLI_LOG", "debug");
    })
    .await;
    let shop = stage(&watched).await;
    let (reader, writer) = (watched.app.user("reader").await, watched.app.user("writer").await);
    watched.ask(SHOP_PAGE, json!({ "id": id(shop) })).await.data();
    watched
        .ask("{ searchShops(query: \"noodles\", first: 3) { totalCount edges { node { name } } } }", json!({}))
        .await
        .data();
    watched.mutate(Some(reader), "setFollow", json!({ "userId": id(writer), "following": true }), "").await.data();
    watched.ask_as(Some(reader), "{ viewer { feed(first: 3) { edges { node { rating } } } } }", json!({})).await.data();
    for (query, variables) in [("{ nonsense }", json!({})), ("{", json!({})), (SHOP_PAGE, json!({ "id": "nonsense" }))]
    {
        assert!(watched.ask(query, variables).await.text.contains("errors"));
    }
    let person = json!({ "handle": "newcomer", "nickname": "New", "email": "new@example.org", "password": "none of your business" });
    watched.mutate(None, "signUp", person, "accessToken").await.data();
    let review = json!({ "shopId": id(shop), "rating": 4, "body": "Good" });
    let last = watched.mutate(Some(writer), "createReview", review.clone(), "").await;
    last.data();
    let conflict = watched.mutate(Some(writer), "createReview", review, "").await;
    let nowhere = watched.get("/nowhere").await;
    assert_eq!(nowhere.status, 404);

    let is_event = |span: &Span| span.name == "process events" && span.trace_id == last.trace_id;
    collector.until("the review is told", |kept| kept.spans.iter().any(is_event).then_some(())).await;
    collector.trace(&conflict.trace_id).await;
    collector.trace(&nowhere.trace_id).await;
    let contract = Contract::read();
    let (breaches, kinds) = collector.look(|kept| {
        let breaches: BTreeSet<String> = kept.spans.iter().flat_map(|span| contract.breaches(span)).collect();
        (breaches, kept.spans.iter().map(kind_of).collect::<BTreeSet<_>>())
    });
    assert_eq!(breaches, BTreeSet::new());
    for kind in ["{method} {route}", "{operation type}", "load {Loader}", "{summary}", "{COMMAND}", "process events"] {
        assert!(kinds.contains(kind), "no {kind}, but {kinds:?}");
    }
    collector
        .until("its line", |kept| {
            kept.lines.iter().any(|line| line.said["trace_id"] == nowhere.trace_id.as_str()).then_some(())
        })
        .await;
    let logs = &yaml(&root().join("observability/telemetry.yaml"))["logs"];
    let fields = logs["fields"].as_object().expect("fields").keys().map(String::as_str);
    let known: BTreeSet<&str> = fields.chain(each(&logs["of_loki"]).map(text)).collect();
    let labels: BTreeSet<&str> = each(&logs["labels"]).map(text).collect();
    collector.look(|kept| {
        for line in &kept.lines {
            assert_eq!(line.labels.keys().map(String::as_str).collect::<BTreeSet<_>>(), labels);
            let fields = line.said.as_object().expect("fields").keys();
            let unknown: Vec<_> = fields.filter(|field| !known.contains(field.as_str())).collect();
            assert!(unknown.is_empty(), "{unknown:?} of {}", line.said);
        }
    });
}
