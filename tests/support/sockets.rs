use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Request};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::TestApp;

/// A client of `graphql-transport-ws`.
pub struct Socket(WebSocketStream<TcpStream>);

const PATIENCE: Duration = Duration::from_secs(60);

impl TestApp {
    /// A socket of a stranger who has introduced themselves.
    pub async fn socket(&self) -> Socket {
        self.introduced(json!({})).await
    }

    /// A socket of somebody who has introduced themselves.
    pub async fn socket_of(&self, user: db::UserId) -> Socket {
        let token = self.token(user, chrono::Duration::minutes(5));
        self.introduced(json!({ "authorization": format!("Bearer {token}") })).await
    }

    async fn introduced(&self, payload: Value) -> Socket {
        let mut socket = self.silent_socket().await;
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// Wakes those who wait for reviews of a shop, as the worker does.
    pub async fn tell_of_review(&self, review: db::ReviewId, shop: db::ShopId) {
        self.memory.broadcast.wake(db::Topic::ReviewsOf(shop), review.into()).await;
    }

    /// A socket over which nothing was said yet.
    pub async fn silent_socket(&self) -> Socket {
        self.open_socket(&[("sec-websocket-protocol", "graphql-transport-ws")]).await.expect("a socket")
    }

    /// A socket, or the status and the text of the refusal.
    pub async fn open_socket(&self, headers: &[(&'static str, &str)]) -> Result<Socket, (u16, String)> {
        Socket::open_at(&self.address, headers).await
    }
}

impl Socket {
    /// One at any server, over which nothing was said yet.
    pub async fn open(address: &str) -> Self {
        Self::open_at(address, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.expect("a socket")
    }

    async fn open_at(address: &str, headers: &[(&'static str, &str)]) -> Result<Self, (u16, String)> {
        let address = address.strip_prefix("http://").expect("an address");
        let url = format!("ws://{address}/graphql/ws");
        let mut request: Request<()> = url.into_client_request().expect("a request");
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).expect("a value");
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
        let stream = TcpStream::connect(address).await.expect("a connection");
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => {
                let text = response.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                Err((response.status().as_u16(), text.into_owned()))
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub async fn send(&mut self, message: Message) {
        self.0.send(message).await.expect("it can be sent");
    }

    /// Begins an operation.
    pub async fn begin(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// Subscribes, and returns once the subscription listens.
    pub async fn follow(&mut self, id: &str, query: &str, variables: Value) {
        self.begin(id, query, variables).await;
        // Operations are begun in order.
        assert_eq!(self.ask("{ __typename }", json!({})).await["data"], json!({ "__typename": "Query" }));
    }

    /// Runs a query or mutation while nothing else happens.
    pub async fn ask(&mut self, query: &str, variables: Value) -> Value {
        self.begin("asked", query, variables).await;
        let mut answer = self.hear().await;
        assert_eq!((&answer["type"], &answer["id"]), (&json!("next"), &json!("asked")), "{answer}");
        assert_eq!(self.hear().await, json!({ "id": "asked", "type": "complete" }));
        answer["payload"].take()
    }

    pub async fn complete(&mut self, id: &str) {
        self.say(json!({ "id": id, "type": "complete" })).await;
    }

    /// The next message.
    pub async fn hear(&mut self) -> Value {
        loop {
            match self.frame().await {
                Some(Message::Text(text)) => return serde_json::from_str(&text).expect("JSON"),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("expected a message, but got {other:?}"),
            }
        }
    }

    /// The payload of the next message, which is a `next` of this operation.
    pub async fn next(&mut self, id: &str) -> Value {
        let mut message = self.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message}");
        message["payload"].take()
    }

    /// The code and the reason with which the server closes the socket, whatever it says before.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Some(Message::Close(frame)) => {
                    let frame = frame.expect("a reason");
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(_) => {}
                None => panic!("it was dropped"),
            }
        }
    }

    /// None once the socket is gone.
    pub async fn frame(&mut self) -> Option<Message> {
        let frame = timeout(PATIENCE, self.0.next()).await.expect("in time, a frame");
        frame.and_then(Result::ok)
    }
}

/// What a socket is closed with, as [`Socket::closed`] tells it.
pub fn closed(code: u16, reason: &str) -> (u16, String) {
    (code, reason.to_owned())
}
