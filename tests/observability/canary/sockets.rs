use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use tests::Message;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::{SEARCH, Session};

const PATIENCE: Duration = Duration::from_secs(60);

impl Session {
    /// Looks for something by a stream, and by a socket.
    pub(super) async fn subscribe(&mut self) {
        for (what, secret) in [
            ("what somebody looked for by a stream", "canary-of-a-stream"),
            ("the same by a socket", "canary-of-a-socket"),
            ("a forged token of a socket", "canary-of-a-socket-forger"),
        ] {
            self.secrets.plant(what, secret);
        }
        let body = json!({ "query": SEARCH, "variables": { "q": "canary-of-a-stream" } });
        let request = self.watched.request().header("accept", "text/event-stream").json(&body);
        let answer = self.watched.send(request).await;
        assert!(answer.text.contains("totalCount"), "{}", answer.text);
        let begin = json!({ "query": SEARCH, "variables": { "q": "canary-of-a-socket" } });
        let begin = json!({ "type": "subscribe", "id": "1", "payload": begin });
        let said = self.converse(&[json!({ "type": "connection_init" }), begin]).await;
        assert!(said.contains("totalCount"), "{said}");
        let forged =
            json!({ "type": "connection_init", "payload": { "authorization": "Bearer canary-of-a-socket-forger" } });
        self.answers += &self.converse(&[forged]).await;
    }

    /// What a socket hears until an operation is done, or it is closed.
    async fn converse(&self, messages: &[Value]) -> String {
        let address = self.watched.server.address.strip_prefix("http://").expect("an address");
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        let stream = TcpStream::connect(address).await.expect("a connection");
        let (mut socket, _) = client_async(request, stream).await.expect("a socket");
        for message in messages {
            socket.send(Message::text(message.to_string())).await.expect("it can be sent");
        }
        let mut heard = String::new();
        while let Some(Ok(message)) = timeout(PATIENCE, socket.next()).await.expect("in time, a message") {
            heard += message.to_text().unwrap_or_default();
            if matches!(&message, Message::Close(_)) || heard.contains("\"complete\"") {
                break;
            }
        }
        heard
    }
}
