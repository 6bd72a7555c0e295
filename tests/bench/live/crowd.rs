use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tests::Message;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

type Socket = WebSocketStream<TcpStream>;

/// People with a socket each.
pub(super) struct Crowd {
    sockets: Vec<SplitSink<Socket, Message>>,
    heard: UnboundedReceiver<Heard>,
}

/// What one of them was told, and when.
enum Heard {
    Next(Instant),
    /// What was asked for so as to know that all before it was begun.
    Answer,
    Trouble(String),
}

/// How many open a socket or subscribe at the same time.
const AT_ONCE: usize = 64;

/// How many sockets have the same address on our side: there are no more than some 28,000 ports for each.
const PER_ADDRESS: usize = 20_000;

const PATIENCE: Duration = Duration::from_secs(120);

const LAST: &str = "last";

impl Crowd {
    /// Opens a socket for each token, and has it say whose it is.
    pub(super) async fn open(address: &str, tokens: Vec<String>) -> anyhow::Result<Self> {
        let address = address.strip_prefix("http://").context("no address")?;
        let opening = tokens.into_iter().enumerate().map(|(number, token)| open(address, number, token));
        let (hears, heard) = unbounded_channel();
        let sockets = stream::iter(opening).buffered(AT_ONCE).map_ok(|socket| listen(socket, hears.clone()));
        Ok(Self { sockets: sockets.try_collect().await?, heard })
    }

    /// Has everybody subscribe to what the query says that their number gives.
    pub(super) async fn subscribe(&mut self, id: &str, query: impl Fn(usize) -> String) -> anyhow::Result<()> {
        let mut waiting = 0;
        for (number, socket) in self.sockets.iter_mut().enumerate() {
            socket.feed(subscribe(id, &query(number))).await?;
            socket.send(subscribe(LAST, "{ __typename }")).await?;
            waiting += 1;
            if waiting == AT_ONCE {
                answer(&mut self.heard).await?;
                waiting -= 1;
            }
        }
        for _ in 0..waiting {
            answer(&mut self.heard).await?;
        }
        Ok(())
    }

    /// When so many were told something.
    pub(super) async fn told(&mut self, many: usize) -> anyhow::Result<Vec<Instant>> {
        let mut told = Vec::with_capacity(many);
        while told.len() < many {
            let heard = timeout(PATIENCE, self.heard.recv()).await;
            match heard.with_context(|| format!("only {} of {many} were told", told.len()))? {
                Some(Heard::Next(at)) => told.push(at),
                Some(Heard::Answer) => bail!("an answer that nobody waits for"),
                Some(Heard::Trouble(what)) => bail!(what),
                None => bail!("all sockets are gone"),
            }
        }
        Ok(told)
    }

    pub(super) async fn close(self) {
        stream::iter(self.sockets)
            .for_each_concurrent(AT_ONCE, async |mut socket| {
                // One that is gone needs no closing.
                socket.close().await.ok();
            })
            .await;
    }
}

async fn open(address: &str, number: usize, token: String) -> anyhow::Result<Socket> {
    let ours = Ipv4Addr::new(127, 0, 0, u8::try_from(1 + number / PER_ADDRESS)?);
    let socket = TcpSocket::new_v4()?;
    // Or the kernel would reserve the port, without knowing for which peer.
    socket.set_reuseaddr(true)?;
    socket.bind((ours, 0).into())?;
    let stream = socket.connect(address.parse()?).await.context("a socket can't be opened")?;
    stream.set_nodelay(true)?;
    let mut request = format!("ws://{address}/graphql/ws").into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
    // There are thousands of us in one process.
    let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
    let (mut socket, _) = client_async_with_config(request, stream, Some(config)).await?;
    let payload = json!({ "authorization": format!("Bearer {token}") });
    socket.send(Message::text(json!({ "type": "connection_init", "payload": payload }).to_string())).await?;
    let answer = timeout(PATIENCE, socket.next()).await?.context("closed at once")??;
    ensure!(answer.to_text()?.contains("connection_ack"), "{answer}");
    Ok(socket)
}

fn listen(socket: Socket, hears: UnboundedSender<Heard>) -> SplitSink<Socket, Message> {
    let (sink, mut frames) = socket.split();
    tokio::spawn(async move {
        while let Some(frame) = frames.next().await {
            let at = Instant::now();
            let heard = match frame {
                Ok(Message::Text(text)) => hear(&text, at),
                Ok(Message::Close(Some(why))) if !why.reason.is_empty() => Some(Heard::Trouble(why.reason.to_string())),
                Ok(_) => None,
                Err(_) => break,
            };
            if let Some(heard) = heard {
                // Nobody listens any more once all is measured.
                hears.send(heard).ok();
            }
        }
    });
    sink
}

fn hear(text: &str, at: Instant) -> Option<Heard> {
    let message: Value = serde_json::from_str(text).unwrap_or_default();
    match message["type"].as_str() {
        Some("next") if !message["payload"]["errors"].is_null() => Some(Heard::Trouble(text.to_owned())),
        Some("next") if message["id"] != LAST => Some(Heard::Next(at)),
        Some("complete") if message["id"] == LAST => Some(Heard::Answer),
        Some("error" | "complete") => Some(Heard::Trouble(text.to_owned())),
        _ => None,
    }
}

async fn answer(heard: &mut UnboundedReceiver<Heard>) -> anyhow::Result<()> {
    match timeout(PATIENCE, heard.recv()).await.context("no answer to a subscription")? {
        Some(Heard::Answer) => Ok(()),
        Some(Heard::Next(_)) => bail!("somebody was told something that did not happen"),
        Some(Heard::Trouble(what)) => bail!(what),
        None => bail!("all sockets are gone"),
    }
}

fn subscribe(id: &str, query: &str) -> Message {
    Message::text(json!({ "id": id, "type": "subscribe", "payload": { "query": query } }).to_string())
}
