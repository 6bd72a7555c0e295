//! Sockets, streams and subscriptions, as metrics and traces have them.

use serde_json::{Value, json};
use tests::Socket;
use tests::collector::{Collector, Kept, Manner, Span};

use crate::watched::{PARENT, Watched, id};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const REVIEWS: &str = "subscription Watch($shop: ID!) { reviewAdded(shopId: $shop) { node { id } } }";

async fn introduced(watched: &Watched) -> Socket {
    let mut socket = Socket::open(&watched.server.address).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_count_until_they_are_closed_and_then_by_their_code() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    let before = watched.metrics().await;
    assert!(before.contains("graphql_connection_closed_total{transport=\"websocket\",code=\"4401\"} 0\n"), "{before}");
    let gone = introduced(&watched).await;
    let mut hasty = Socket::open(&watched.server.address).await;
    watched.shows("graphql_connection_active{transport=\"websocket\"} 2.0\n").await;
    hasty.begin("1", "{ __typename }", json!({})).await;
    assert_eq!(hasty.closed().await.0, 4401);
    drop((gone, hasty));
    watched.shows("graphql_connection_active{transport=\"websocket\"} 0.0\n").await;
    let after = watched.metrics().await;
    for code in ["4401", "gone"] {
        let line = format!("graphql_connection_closed_total{{transport=\"websocket\",code=\"{code}\"}} 1\n");
        assert!(after.contains(&line), "{line} is not in {after}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_count_until_they_end_however_they_do() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    let shop = id(watched.app.shop("Noodles").await);
    let open = async |query: &str| {
        let body = json!({ "query": query, "variables": { "shop": shop } });
        let request = reqwest::Client::new().post(format!("{}/graphql/stream", watched.server.address)).json(&body);
        request.header("accept", "text/event-stream").send().await.expect("an answer")
    };
    let all = open("query { __typename }").await.text().await.expect("a text");
    assert!(all.contains("event: complete"), "{all}");
    let left = open(REVIEWS).await;
    watched.shows("graphql_subscription_active{graphql_field_name=\"reviewAdded\"} 1.0\n").await;
    drop(left);
    for line in [
        "graphql_subscription_active{graphql_field_name=\"reviewAdded\"} 0.0\n",
        "graphql_connection_active{transport=\"sse\"} 0.0\n",
        "graphql_connection_closed_total{transport=\"sse\",code=\"complete\"} 1\n",
        "graphql_connection_closed_total{transport=\"sse\",code=\"gone\"} 1\n",
    ] {
        watched.shows(line).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_of_a_subscription_counts_and_comes_from_its_cause() {
    let collector = Collector::start(Manner::Keeps);
    let watched = Watched::by(&collector.url).await;
    let (shop, author) = (watched.app.shop("Noodles").await, watched.app.user("ada").await);
    let mut socket = introduced(&watched).await;
    socket.follow("1", REVIEWS, json!({ "shop": id(shop) })).await;
    watched.shows("graphql_subscription_active{graphql_field_name=\"reviewAdded\"} 1.0\n").await;
    let input = json!({ "shopId": id(shop), "rating": 5, "body": "Good soup.", "idempotencyKey": "1" });
    let answer = watched.mutate(Some(author), "createReview", input, "").await;
    assert_eq!(answer.data()["createReview"]["userErrors"], json!([]));
    let told = socket.next("1").await;
    assert!(told["data"]["reviewAdded"]["node"]["id"].is_string(), "{told}");
    for line in [
        "graphql_subscription_events_total{graphql_field_name=\"reviewAdded\"} 1\n",
        "graphql_subscription_lag_seconds_count{graphql_field_name=\"reviewAdded\"} 1\n",
        "graphql_operation_duration_seconds_count{graphql_operation_type=\"subscription\",graphql_operation_name=\"Watch\",error_type=\"\"} 1\n",
    ] {
        watched.shows(line).await;
    }
    drop(socket);
    watched.shows("graphql_subscription_active{graphql_field_name=\"reviewAdded\"} 0.0\n").await;

    let find = |kept: &Kept, is: &dyn Fn(&Span) -> bool| kept.spans.iter().find(|span| is(span)).cloned();
    collector.until("the introduction is exported", |kept| find(kept, &|span| span.name == "connection_init")).await;
    let is_event = |span: &Span| span.name == "subscription" && span.links.iter().any(|(of, _)| *of == answer.trace_id);
    let event = collector.until("the event is exported", |kept| find(kept, &is_event)).await;
    assert_ne!(event.trace_id, answer.trace_id);
    assert!(event.attribute("graphql.subscription.id").is_string() && event.attribute("db.statements").is_u64());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_of_a_socket_has_a_trace_of_its_own_or_that_of_whoever_is_trusted() {
    let watched = Watched::by("http://127.0.0.1:9").await;
    let mut socket = introduced(&watched).await;
    let mut trace_of = async |id: &str, extensions: Value| {
        let payload = json!({ "query": "{ nonsense }", "extensions": extensions });
        socket.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
        let refused = socket.hear().await;
        refused["payload"][0]["extensions"]["traceId"].as_str().expect("a trace").to_owned()
    };
    let given = json!({ "traceparent": format!("00-{TRACE}-{PARENT}-01") });
    let (first, second) = (trace_of("1", json!({})).await, trace_of("2", json!({})).await);
    assert_ne!(first, second);
    assert_eq!(trace_of("3", given).await, TRACE);
}
