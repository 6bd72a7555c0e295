use std::io;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use poem::web::websocket::{CloseCode, Message, WebSocketStream};
use tokio::time::timeout;

use super::closing::Closing;

/// A socket that takes and gives texts.
pub(super) struct Wire {
    socket: WebSocketStream,
    /// How long the client may take to take what it is sent.
    patience: Duration,
}

/// How long a client may take to close its side, too.
const FAREWELL: Duration = Duration::from_secs(1);

impl Wire {
    pub(super) fn new(socket: WebSocketStream, patience: Duration) -> Self {
        Self { socket, patience }
    }

    /// What comes next; none if it is only a sign of life.
    pub(super) async fn hear(&mut self) -> Result<Option<String>, Closing> {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => Ok(Some(text)),
            Some(Ok(Message::Binary(_))) => Err(Closing::InvalidMessage("a message is text, and not binary".into())),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            // poem tells only in words what it was.
            Some(Err(error)) if error.to_string().starts_with("Space limit exceeded") => Err(Closing::TooBig),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Closing::Gone),
        }
    }

    pub(super) async fn say(&mut self, text: String) -> Result<(), Closing> {
        self.send(Message::Text(text)).await
    }

    /// Wants a sign of life.
    pub(super) async fn ping(&mut self) -> Result<(), Closing> {
        self.send(Message::Ping(Vec::new())).await
    }

    /// Sends, and waits until it is sent: meanwhile nothing is read, and nothing happens that would have to be told.
    async fn send(&mut self, message: Message) -> Result<(), Closing> {
        match timeout(self.patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Closing::Gone),
            Err(_) => Err(Closing::Stuck),
        }
    }

    /// Says why, and waits a little for the client to close its side, too: who drops a socket at once may never be heard.
    pub(super) async fn close(mut self, closing: Closing) {
        if closing == Closing::Stuck {
            return;
        }
        let farewell = async {
            if let Some((code, reason)) = closing.frame() {
                self.socket.send(Message::Close(Some((CloseCode::from(code), reason)))).await?;
            }
            // Reading answers a client that closed its side first.
            while self.socket.next().await.transpose()?.is_some() {}
            io::Result::Ok(())
        };
        // Whatever comes of it, the socket is done with.
        let _ = timeout(FAREWELL, farewell).await;
    }
}
