//! Who takes what the program says of itself: spans, as whoever speaks OTLP does, and lines, as Loki does; both at one port.

mod lines;
mod spans;
mod traces;

use std::convert::Infallible;
use std::future::{pending, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};

pub use self::lines::Line;
pub use self::spans::Span;
pub use self::traces::Trace;

/// It runs in a thread of its own, until it is dropped.
pub struct Collector {
    pub url: String,
    kept: Arc<watch::Sender<Kept>>,
    _stop: oneshot::Sender<()>,
}

/// What it does with what it is sent.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    Keeps,
    /// Says that it took it, and did not look.
    Forgets,
    /// Takes it, and never says so.
    Hangs,
    /// Keeps it, but takes its time.
    Dawdles(Duration),
    /// Says that it is broken.
    Fails,
}

/// What it was sent.
#[derive(Debug, Default)]
pub struct Kept {
    pub spans: Vec<Span>,
    pub lines: Vec<Line>,
    /// All of it, as it came, without what compresses it.
    pub raw: Vec<u8>,
    /// How often it was sent something, whatever it did with it.
    pub requests: usize,
}

type Answer = Response<BoxBody<Bytes, Infallible>>;

const PATIENCE: Duration = Duration::from_secs(60);

/// What gRPC puts before each message: that it is not compressed, and how long it is.
const PREFIX: usize = 5;

impl Collector {
    pub fn start(manner: Manner) -> Self {
        let kept = Arc::new(watch::Sender::default());
        let (stop, stopped) = oneshot::channel();
        let (ready, address) = std::sync::mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let keeper = kept.clone();
        std::thread::spawn(move || {
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                ready.send(listener.local_addr().expect("an address")).expect("somebody waits");
                tokio::select! {
                    () = listen(listener, manner, keeper) => {}
                    _ = stopped => {}
                }
            });
        });
        let address: SocketAddr = address.recv().expect("it listens");
        Self { url: format!("http://{address}"), kept, _stop: stop }
    }

    /// Waits for something to be found in what it was sent.
    pub async fn until<T>(&self, what: &str, mut find: impl FnMut(&Kept) -> Option<T>) -> T {
        let (mut kept, mut found) = (self.kept.subscribe(), None);
        let look = kept.wait_for(|kept| {
            found = find(kept);
            found.is_some()
        });
        // Its sender lives as long as we do.
        let _ = timeout(PATIENCE, look).await;
        found.unwrap_or_else(|| panic!("not within {PATIENCE:?}: {what}; there are {}", self.kept.borrow().names()))
    }

    /// Waits until it was sent the span of a request, which ends after those in it, and takes all of its trace.
    pub async fn trace(&self, trace_id: &str) -> Trace {
        self.until(&format!("the request of trace {trace_id}"), |kept| {
            let is_request =
                |span: &Span| span.trace_id == trace_id && span.attributes.contains_key("http.request.method");
            kept.spans.iter().any(is_request).then(|| Trace::of(&kept.spans, trace_id))
        })
        .await
    }

    pub fn look<T>(&self, look: impl FnOnce(&Kept) -> T) -> T {
        look(&self.kept.borrow())
    }
}

impl Kept {
    fn names(&self) -> String {
        let names = self.spans.iter().map(|span| span.name.as_str());
        names.chain(self.lines.iter().map(Line::message)).collect::<Vec<_>>().join(", ")
    }
}

async fn listen(listener: TcpListener, manner: Manner, kept: Arc<watch::Sender<Kept>>) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        tokio::spawn(converse(stream, manner, kept.clone()));
    }
}

async fn converse(stream: TcpStream, manner: Manner, kept: Arc<watch::Sender<Kept>>) {
    let service = service_fn(move |request| {
        let kept = kept.clone();
        async move { Ok::<_, Infallible>(answer(request, manner, &kept).await) }
    });
    let connection = auto::Builder::new(TokioExecutor::new());
    // Whoever hangs up is not missed.
    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, manner: Manner, kept: &watch::Sender<Kept>) -> Answer {
    let path = request.uri().path().to_owned();
    let Ok(body) = request.into_body().collect().await else { return plain(StatusCode::BAD_REQUEST) };
    let body = body.to_bytes();
    kept.send_modify(|kept| kept.requests += 1);
    match manner {
        Manner::Keeps => kept.send_modify(|kept| kept.take(&path, &body)),
        Manner::Forgets => {}
        Manner::Hangs => pending().await,
        Manner::Dawdles(time) => {
            sleep(time).await;
            kept.send_modify(|kept| kept.take(&path, &body));
        }
        Manner::Fails => return plain(StatusCode::INTERNAL_SERVER_ERROR),
    }
    match path.as_str() {
        spans::GRPC => grpc(),
        spans::HTTP => plain(StatusCode::OK),
        lines::PUSH => plain(StatusCode::NO_CONTENT),
        _ => plain(StatusCode::NOT_FOUND),
    }
}

impl Kept {
    fn take(&mut self, path: &str, body: &[u8]) {
        match path {
            spans::GRPC => {
                let (prefix, message) = body.split_at(PREFIX);
                assert_eq!(prefix[0], 0, "it is not compressed");
                self.raw.extend_from_slice(message);
                self.spans.extend(spans::read(message));
            }
            spans::HTTP => {
                self.raw.extend_from_slice(body);
                self.spans.extend(spans::read(body));
            }
            lines::PUSH => {
                let message = snap::raw::Decoder::new().decompress_vec(body).expect("snappy");
                self.lines.extend(lines::read(&message));
                self.raw.extend(message);
            }
            _ => {}
        }
    }
}

fn plain(status: StatusCode) -> Answer {
    let mut answer = Response::new(Empty::new().boxed());
    *answer.status_mut() = status;
    answer
}

/// An empty message, and that all went well.
fn grpc() -> Answer {
    let trailers = HeaderMap::from_iter([("grpc-status".parse().expect("a name"), HeaderValue::from_static("0"))]);
    let message = Full::new(Bytes::from_static(&[0; PREFIX]));
    let mut answer = Response::new(message.with_trailers(ready(Some(Ok(trailers)))).boxed());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    answer
}
