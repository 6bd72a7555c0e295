use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::{Request, Response};
use futures_util::StreamExt;
use observability::{Root, TraceContext};
use poem::web::websocket::WebSocketStream;
use serde_json::{Map, Value};
use tokio::time::{Instant, Interval, interval_at};

use super::closing::Closing;
use super::message::{self, Incoming};
use super::operations::Operations;
use super::wire::Wire;
use crate::app::App;
use crate::caller::Caller;
use crate::context::Identity;
use crate::doors::connections::{Connection, introduction};
use crate::doors::{self, Door};
use crate::graphql::{self, Operation, Parameters, Said};
use crate::live::{Deadline, Seat, Stopping};

/// What came with the request for a socket.
pub(super) struct Hello {
    /// Counts if `connection_init` brings none.
    pub(super) authorization: Option<String>,
    pub(super) address: Option<IpAddr>,
    pub(super) trace: TraceContext,
}

/// Serves a socket until it is closed.
pub(super) async fn serve(socket: WebSocketStream, app: Arc<App>, hello: Hello) {
    let mut wire = Wire::new(socket, app.config.live.timeout());
    let mut connection = Connection::socket(&app.telemetry.metrics);
    // Kept until the client was told why the socket is closed.
    let mut seat = app.live.seat();
    let closing = match &mut seat {
        Some(seat) => {
            let door = Door::new(hello.trace, &app.telemetry.metrics);
            door.within(Session::new(app, hello, seat).serve(&mut wire)).await
        }
        None => Closing::TryAgainLater("the server has as many sockets and streams as it can take"),
    };
    connection.ends(closing.code());
    wire.close(closing).await;
}

struct Session<'seat> {
    app: Arc<App>,
    hello: Hello,
    seat: &'seat mut Seat,
    /// None before `connection_init`.
    caller: Option<Caller>,
    operations: Operations,
    stopping: Stopping,
    /// Of the wait for `connection_init`, then of the access token.
    deadline: Deadline,
    keep_alive: Interval,
    /// For how many turns of `keep_alive` the client has said nothing.
    silence: u8,
}

type Outcome = Result<(), Closing>;

impl<'seat> Session<'seat> {
    fn new(app: Arc<App>, hello: Hello, seat: &'seat mut Seat) -> Self {
        let keep_alive = app.config.live.keep_alive();
        Self {
            stopping: app.live.stopping(),
            deadline: Deadline::within(app.config.live.timeout()),
            keep_alive: interval_at(Instant::now() + keep_alive, keep_alive),
            app,
            hello,
            seat,
            caller: None,
            operations: Operations::default(),
            silence: 0,
        }
    }

    async fn serve(mut self, wire: &mut Wire) -> Closing {
        loop {
            let outcome = tokio::select! {
                () = self.stopping.asked() => Err(Closing::ServerStops),
                () = self.deadline.passed() => Err(self.too_late()),
                _ = self.keep_alive.tick() => self.check(wire).await,
                heard = wire.hear() => {
                    self.silence = 0;
                    match heard {
                        // In a box, or every socket would have room for what is done with a message.
                        Ok(Some(text)) => Box::pin(self.hear(wire, &text)).await,
                        Ok(None) => Ok(()),
                        Err(closing) => Err(closing),
                    }
                }
                Some((id, response)) = self.operations.next() => self.tell(wire, &id, response).await,
            };
            if let Err(closing) = outcome {
                return closing;
            }
        }
    }

    fn too_late(&self) -> Closing {
        if self.caller.is_some() { Closing::Expired } else { Closing::InitTimeout }
    }

    async fn check(&mut self, wire: &mut Wire) -> Outcome {
        if self.silence >= 2 {
            return Err(Closing::Gone);
        }
        self.silence += 1;
        wire.ping().await
    }

    async fn hear(&mut self, wire: &mut Wire, text: &str) -> Outcome {
        match Incoming::parse(text).map_err(Closing::InvalidMessage)? {
            Incoming::ConnectionInit { payload } => {
                introduction(self.hello.trace).in_scope(|| self.introduce(payload.unwrap_or_default()))?;
                wire.say(message::connection_ack()).await
            }
            Incoming::Ping { payload } => wire.say(message::pong(payload)).await,
            Incoming::Pong { .. } => Ok(()),
            Incoming::Subscribe { id, payload } => self.begin(wire, id, *payload).await,
            Incoming::Complete { id } => {
                self.operations.end(&id);
                Ok(())
            }
        }
    }

    /// Learns who the client is.
    fn introduce(&mut self, payload: Map<String, Value>) -> Outcome {
        if self.caller.is_some() {
            return Err(Closing::TooManyInits);
        }
        let given = ["authorization", "Authorization"].iter().find_map(|key| payload.get(*key));
        let authorization = match given {
            None | Some(Value::Null) => self.hello.authorization.take(),
            Some(Value::String(authorization)) => Some(authorization.clone()),
            Some(_) => return Err(Closing::Forbidden),
        };
        let proof = match authorization {
            None => None,
            Some(authorization) => Some(self.app.tokens.authorize(&authorization).ok_or(Closing::Forbidden)?),
        };
        self.seat.belongs_to(proof.map(|proof| proof.bearer.user)).map_err(Closing::TryAgainLater)?;
        self.deadline = Deadline::at(proof.map(|proof| proof.until));
        let identity = proof.map(|proof| Identity(proof.bearer));
        self.caller = Some(Caller { identity, address: self.hello.address, root: Root::following(self.hello.trace) });
        Ok(())
    }

    async fn begin(&mut self, wire: &mut Wire, id: String, parameters: Parameters) -> Outcome {
        let Some(caller) = &self.caller else { return Err(Closing::Unauthorized) };
        if self.operations.contains(&id) {
            return Err(Closing::Duplicate(id));
        }
        let request = parameters.into_request().map_err(Closing::InvalidMessage)?;
        let root = self.root(&request);
        let operation = if self.operations.len() < self.app.config.live.max_subscriptions as usize {
            Operation::parse(request, &self.app.types)
        } else {
            Err(graphql::error("THROTTLED", "this socket has as many operations under way as it may: complete some"))
        };
        match operation {
            Ok(operation) => {
                let caller = Caller { root, ..caller.clone() };
                let responses = caller.responses(self.app.clone(), operation);
                self.operations.begin(&id, responses.map(move |response| doors::quote(response, root.context)).boxed());
                Ok(())
            }
            Err(error) => {
                let mut response = doors::quote(Response::from_errors(vec![error]), root.context);
                wire.say(message::error(&id, Said::of(&mut response).errors())).await
            }
        }
    }

    /// Each operation has a trace of its own: that of a socket would never end.
    fn root(&self, request: &Request) -> Root {
        let traceparent = match request.extensions.get("traceparent") {
            Some(async_graphql::Value::String(traceparent)) => Some(traceparent.as_str()),
            _ => None,
        };
        self.app.telemetry.root(traceparent, self.hello.address).coming_from(self.hello.trace)
    }

    async fn tell(&mut self, wire: &mut Wire, id: &str, response: Option<Response>) -> Outcome {
        let Some(mut response) = response else {
            self.operations.end(id);
            return wire.say(message::complete(id)).await;
        };
        let said = Said::of(&mut response);
        if said.was_run() {
            return wire.say(message::next(id, said)).await;
        }
        self.operations.end(id);
        wire.say(message::error(id, said.errors())).await
    }
}
