use observability::metrics::{Closed, Held, Transport};
use observability::{Metrics, TraceContext};
use tracing::Span;

/// A socket or a stream: it counts until it is dropped, and from then on by how it ended.
pub(crate) struct Connection {
    metrics: Metrics,
    transport: &'static str,
    end: &'static str,
    _active: Held,
}

const SOCKET: &str = "websocket";
const STREAM: &str = "sse";

/// How they may end (`bounds` in `telemetry.yaml`).
const ENDS_OF_SOCKETS: [&str; 12] =
    ["1001", "1009", "1013", "4400", "4401", "4403", "4408", "4409", "4429", "gone", "stuck", "cut_off"];
const ENDS_OF_STREAMS: [&str; 4] = ["complete", "server_stops", "expired", "gone"];

impl Connection {
    /// A socket, which nobody closes unless something breaks off what serves it.
    pub(crate) fn socket(metrics: &Metrics) -> Self {
        Self::open(metrics, SOCKET, "cut_off")
    }

    /// A stream, which is dropped when its client has gone.
    pub(crate) fn stream(metrics: &Metrics) -> Self {
        Self::open(metrics, STREAM, "gone")
    }

    fn open(metrics: &Metrics, transport: &'static str, end: &'static str) -> Self {
        let active = metrics.graphql_connection_active.hold(&Transport { transport });
        Self { metrics: metrics.clone(), transport, end, _active: active }
    }

    pub(crate) fn ends(&mut self, end: &'static str) {
        self.end = end;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.metrics.graphql_connection_closed.add_one(&Closed { transport: self.transport, code: self.end });
    }
}

/// That of who introduces themselves over a socket.
pub(crate) fn introduction(handshake: TraceContext) -> Span {
    tracing::info_span!(
        "connection_init",
        trace.context = %handshake.beside(),
        trace.parent = %handshake,
        otel.kind = "server",
        graphql.connection.transport = SOCKET,
    )
}

pub(super) fn show(metrics: &Metrics) {
    for (transport, ends) in [(SOCKET, &ENDS_OF_SOCKETS[..]), (STREAM, &ENDS_OF_STREAMS[..])] {
        metrics.graphql_connection_active.show(&Transport { transport });
        for code in ends {
            metrics.graphql_connection_closed.show(&Closed { transport, code });
        }
    }
}
