//! GraphQL over server-sent events, as <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md> has it: the mode of
//! distinct connections.
//!
//! What is wrong with the request as HTTP sees it is refused by its status. What is wrong with the document is told by an event, as the
//! protocol demands: the `EventSource` of browsers shows no body of a response that failed.

mod events;

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use observability::Root;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use poem::{Body, Request, Response};

use crate::app::App;
use crate::caller::{self, Caller};
use crate::context::Identity;
use crate::doors::http;
use crate::graphql::{Operation, Responses};
use crate::graphql_http::{self, Refusal};
use crate::tokens::Proof;
use events::Events;

/// Answers one request with the events of the operation in it.
pub(crate) async fn answer(request: &Request, body: Body, app: &Arc<App>, proof: Option<Proof>) -> Response {
    if !graphql_http::accepts_events(request.headers()) {
        return Refusal::no_events().into_json();
    }
    let Some(mut seat) = app.live.seat() else {
        return graphql_http::throttled(request, "the server has as many sockets and streams as it can take");
    };
    if let Err(reason) = seat.belongs_to(proof.map(|proof| proof.bearer.user)) {
        return graphql_http::throttled(request, reason);
    }
    let identity = proof.map(|proof| Identity(proof.bearer));
    let trace = http::context_of(request, &app.telemetry);
    let caller = Caller { identity, address: caller::address(request), root: Root::following(trace) };
    let responses = match responses(request, body, app, caller).await {
        Ok(responses) => responses,
        Err(refusal) => return refusal.into_json(),
    };
    let events = Events::new(app, responses, seat, proof.map(|proof| proof.until), trace);
    Response::builder()
        .header(CONTENT_TYPE, "text/event-stream")
        .header(CACHE_CONTROL, "no-cache, no-transform")
        .header(VARY, "accept")
        // Reverse proxies of the family of nginx would wait for more.
        .header("x-accel-buffering", "no")
        .body(Body::from_bytes_stream(events.into_stream()))
}

async fn responses(request: &Request, body: Body, app: &Arc<App>, caller: Caller) -> Result<Responses, Refusal> {
    let asked = graphql_http::read(request, body, app.config.max_body_bytes as usize).await?;
    match Operation::parse(asked, &app.types) {
        Ok(operation) => {
            graphql_http::check_method(request, &operation)?;
            Ok(caller.responses(app.clone(), operation))
        }
        Err(error) => {
            let refused = async_graphql::Response::from_errors(vec![error]);
            Ok(stream::once(async { refused }).boxed())
        }
    }
}
