use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use observability::TraceContext;
use tokio::time::{Interval, interval};
use tracing::{Instrument, Span};

use crate::app::App;
use crate::doors::Door;
use crate::doors::connections::Connection;
use crate::graphql::{Responses, Said};
use crate::live::{Deadline, Seat, Stopping};

/// The events of one operation. They are made as they are read: of a client that is slow, nothing is kept.
pub(super) struct Events {
    responses: Responses,
    stopping: Stopping,
    /// When the access token proves nothing any more.
    expiry: Deadline,
    keep_alive: Interval,
    /// That of the request ends with its answer, before the first event.
    span: Span,
    door: Door,
    connection: Connection,
    _seat: Seat,
}

/// Often enough for whatever is between the client and us to see that the connection is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// How a stream goes on.
enum Next {
    Event(String),
    /// The operation is complete.
    Complete,
    /// The operation is not, but the stream is over: a client that misses the `complete` knows that it may come again.
    Over(&'static str),
}

const COMMENT: &str = ":\n\n";
const COMPLETE: &str = "event: complete\ndata:\n\n";

impl Events {
    pub(super) fn new(
        app: &App,
        responses: Responses,
        seat: Seat,
        until: Option<DateTime<Utc>>,
        trace: TraceContext,
    ) -> Self {
        Self {
            responses,
            stopping: app.live.stopping(),
            expiry: Deadline::at(until),
            // Ticks at once: the comment opens the stream in browsers, and makes proxies send the headers.
            keep_alive: interval(KEEP_ALIVE.min(app.config.live.keep_alive())),
            span: tracing::info_span!("stream", trace.context = %trace.unsampled()),
            door: Door::new(trace, &app.telemetry.metrics),
            connection: Connection::stream(&app.telemetry.metrics),
            _seat: seat,
        }
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = io::Result<String>> + Send + 'static {
        stream::unfold(Some(self), async |events| {
            let mut events = events?;
            let span = events.span.clone();
            let door = events.door.clone();
            match door.within(events.next()).instrument(span).await {
                Next::Event(text) => Some((Ok(text), Some(events))),
                Next::Complete => {
                    events.connection.ends("complete");
                    Some((Ok(COMPLETE.to_owned()), None))
                }
                Next::Over(how) => {
                    events.connection.ends(how);
                    None
                }
            }
        })
    }

    async fn next(&mut self) -> Next {
        tokio::select! {
            () = self.stopping.asked() => Next::Over("server_stops"),
            () = self.expiry.passed() => Next::Over("expired"),
            _ = self.keep_alive.tick() => Next::Event(COMMENT.to_owned()),
            response = self.responses.next() => match response {
                Some(mut response) => {
                    Next::Event(format!("event: next\ndata: {}\n\n", Said::of(&mut response).to_json()))
                }
                None => Next::Complete,
            },
        }
    }
}
