use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Interval, interval};
use tracing::{Instrument, Span};

use crate::app::App;
use crate::graphql::{Responses, Said};
use crate::live::{Deadline, Seat, Stopping};

/// The events of one operation. They are made as they are read: of a client that is slow, nothing is kept.
pub(super) struct Events {
    responses: Responses,
    stopping: Stopping,
    /// When the access token proves nothing any more.
    expiry: Deadline,
    keep_alive: Interval,
    /// Of the request, which is answered before the first event.
    span: Span,
    _seat: Seat,
}

/// Often enough for whatever is between the client and us to see that the connection is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

const COMMENT: &str = ":\n\n";
const COMPLETE: &str = "event: complete\ndata:\n\n";

impl Events {
    pub(super) fn new(app: &App, responses: Responses, seat: Seat, until: Option<DateTime<Utc>>) -> Self {
        Self {
            responses,
            stopping: app.live.stopping(),
            expiry: Deadline::at(until),
            // Ticks at once: the comment opens the stream in browsers, and makes proxies send the headers.
            keep_alive: interval(KEEP_ALIVE.min(app.config.live.keep_alive())),
            span: Span::current(),
            _seat: seat,
        }
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = io::Result<String>> + Send + 'static {
        stream::unfold(Some(self), async |events| {
            let mut events = events?;
            let span = events.span.clone();
            match events.next().instrument(span).await {
                Some(text) => Some((Ok(text), Some(events))),
                None => Some((Ok(COMPLETE.to_owned()), None)),
            }
        })
    }

    /// None once there are no more.
    async fn next(&mut self) -> Option<String> {
        tokio::select! {
            () = self.stopping.asked() => None,
            () = self.expiry.passed() => None,
            _ = self.keep_alive.tick() => Some(COMMENT.to_owned()),
            response = self.responses.next() => {
                let mut response = response?;
                Some(format!("event: next\ndata: {}\n\n", Said::of(&mut response).to_json()))
            }
        }
    }
}
