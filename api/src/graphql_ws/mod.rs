//! GraphQL over WebSocket, as <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md> has it: the sub-protocol
//! `graphql-transport-ws`.
//!
//! `origin` sees whose page it is, `message` reads and writes, `session` is the conversation, `operations` are those under way in
//! it, `wire` is the socket itself, and `closing` says why it ended. One task serves a socket, and sends before it goes on: a client
//! that does not take what it is sent is told nothing more, and nothing is kept for it.

mod closing;
mod message;
mod operations;
mod origin;
mod session;
mod wire;

use std::sync::Arc;

use poem::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use poem::http::{HeaderMap, StatusCode};
use poem::web::websocket::{WebSocket, WebSocketConfig};
use poem::{IntoResponse, Request, Response};
use tracing::Instrument;

use crate::app::App;
use crate::caller;
use crate::doors;
use session::Hello;

const PROTOCOL: &str = "graphql-transport-ws";

/// Of each socket, whether it talks or not.
const READ_BUFFER: usize = 2 * 1024;

/// Opens a socket, or says why not.
pub(crate) fn open(request: &Request, socket: poem::Result<WebSocket>, app: &Arc<App>) -> Response {
    let headers = request.headers();
    if !origin::is_ours(headers, &app.config.live.allowed_origins) {
        return refuse(StatusCode::FORBIDDEN, "this page may not open a socket here: see --allowed-origins");
    }
    let Ok(socket) = socket else {
        let message = "open a WebSocket (version 13) here, with the sub-protocol `graphql-transport-ws`";
        return refuse(StatusCode::BAD_REQUEST, message);
    };
    if !offers_protocol(headers) {
        return refuse(StatusCode::BAD_REQUEST, "offer the sub-protocol `graphql-transport-ws`");
    }
    let hello = Hello {
        authorization: request.header(AUTHORIZATION).map(str::to_owned),
        address: caller::address(request),
        trace: doors::http::context_of(request, &app.telemetry),
    };
    let app = app.clone();
    let limit = app.config.max_body_bytes as usize;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    let socket = socket.protocols([PROTOCOL]).config(config);
    // The span of the request ends with its answer, so the lines of the socket have one of their own, in the same trace.
    let span = tracing::info_span!("socket", trace.context = %hello.trace.unsampled());
    socket.on_upgrade(|socket| session::serve(socket, app, hello).instrument(span)).into_response()
}

fn offers_protocol(headers: &HeaderMap) -> bool {
    let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    offered.flat_map(|value| value.split(',')).any(|protocol| protocol.trim() == PROTOCOL)
}

fn refuse(status: StatusCode, message: &'static str) -> Response {
    Response::builder().status(status).content_type("text/plain; charset=utf-8").body(message)
}
