use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tracing::subscriber::with_default;
use tracing::{info, info_span};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use super::{Address, Lines, Loki, Stdout};

const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_line_knows_its_trace_and_what_is_agreed_upon_of_its_request() {
    let sink = Sink::default();
    let (stdout, guard) = Stdout::open(sink.clone());
    with_default(Registry::default().with(Lines { stdout: Some(stdout.clone()), loki: None }), || {
        let request = info_span!(
            "request",
            trace.context = GIVEN,
            request.id = "7",
            http.route = tracing::field::Empty,
            client.address = "192.0.2.1"
        );
        request.record("http.route", "/graphql");
        request.in_scope(|| info!(duration_ms = 1.5, "answered"));
    });
    drop(guard);
    let line: Value = serde_json::from_slice(&sink.0.lock().expect("no panic")).expect("a line of JSON");
    assert_eq!(line["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(line["span_id"], "00f067aa0ba902b7");
    assert_eq!((&line["request_id"], &line["http.route"]), (&"7".into(), &"/graphql".into()));
    assert_eq!(
        (&line["message"], &line["duration_ms"], &line["level"]),
        (&"answered".into(), &1.5.into(), &"INFO".into())
    );
    assert!(line.get("client.address").is_none() && line.get("trace.context").is_none(), "{line}");
    assert_eq!((stdout.counts().written, stdout.counts().dropped), (1, 0));
}

#[test]
fn a_line_says_what_is_agreed_upon_and_nothing_else() {
    let sink = Sink::default();
    let (stdout, guard) = Stdout::open(sink.clone());
    with_default(Registry::default().with(Lines { stdout: Some(stdout), loki: None }), || {
        let span = info_span!("event", event.id = 7, db.query.summary = true, request.id = 1.5);
        span.in_scope(|| info!(error.code = "INTERNAL", password = "hunter2", level = "none", cookies = 3, "failed"));
    });
    drop(guard);
    let line: Value = serde_json::from_slice(&sink.0.lock().expect("no panic")).expect("a line of JSON");
    assert!(line.get("password").is_none() && line.get("cookies").is_none(), "{line}");
    assert_eq!((&line["error.code"], &line["level"]), (&"INTERNAL".into(), &"INFO".into()));
    // What is no text is told as well.
    let of_span = (&line["event.id"], &line["db.query.summary"], &line["request_id"]);
    assert_eq!(of_span, (&7.into(), &true.into(), &1.5.into()));
}

#[test]
fn lines_wait_until_they_are_written() {
    let sink = Sink::default();
    let (stdout, guard) = Stdout::open(sink.clone());
    let busy = sink.0.lock().expect("no panic");
    with_default(Registry::default().with(Lines { stdout: Some(stdout.clone()), loki: None }), || {
        (0..5).for_each(|n| info!(n, "said"));
    });
    assert_eq!((stdout.counts().written, stdout.counts().waiting), (0, 5));
    drop(busy);
    drop(guard);
    assert_eq!((stdout.counts().written, stdout.counts().dropped, stdout.counts().waiting), (5, 0, 0));
}

#[test]
fn lines_that_nobody_reads_are_dropped() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let (stdout, guard) = Stdout::open(writer);
    with_default(Registry::default().with(Lines { stdout: Some(stdout.clone()), loki: None }), || {
        (0..15).for_each(|n| info!(n, "said"));
    });
    drop(guard);
    assert_eq!((stdout.counts().written, stdout.counts().dropped, stdout.counts().waiting), (0, 15, 0));
}

fn address(url: &str) -> Address {
    Address { url: url.parse().expect("a URL"), tenant: None, environment: "test".into() }
}

/// Answers requests, the first by one status, all others by another.
fn answer(listener: TcpListener, first: &'static str, later: &'static str) {
    std::thread::spawn(move || {
        for (n, stream) in listener.incoming().enumerate() {
            let mut stream = stream.expect("a connection");
            if take(&mut stream).is_some() {
                let status = if n == 0 { first } else { later };
                // Whoever has hung up is not told.
                let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        }
    });
}

/// Takes requests, each of them for some time, and counts them.
fn dawdle(listener: TcpListener, time: Duration) -> Arc<AtomicUsize> {
    let requests = Arc::<AtomicUsize>::default();
    let counter = requests.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, counter) = (stream.expect("a connection"), counter.clone());
            std::thread::spawn(move || {
                if take(&mut stream).is_some() {
                    counter.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(time);
                    // Whoever has hung up is not told.
                    let _ = write!(stream, "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                }
            });
        }
    });
    requests
}

/// Reads a request; none if it does not end.
fn take(stream: &mut impl Read) -> Option<()> {
    let (mut request, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut part).ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&part[..read]);
        let Some(end) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())?;
        if request.len() >= end + 4 + length {
            return Some(());
        }
    }
}

#[test]
fn lines_are_brought_to_loki_again_until_it_takes_them() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (loki, courier) = Loki::open(address(&url)).expect("a way");
    answer(listener, "500 Not Now", "204 No Content");
    with_default(Registry::default().with(Lines { stdout: None, loki: Some(loki.clone()) }), || {
        (0..100).for_each(|n| info!(n, "said"));
    });
    let deadline = Instant::now() + Duration::from_secs(20);
    while loki.counts().written < 100 && Instant::now() < deadline {
        std::thread::park_timeout(Duration::from_millis(10));
    }
    courier.close();
    assert_eq!((loki.counts().written, loki.counts().dropped, loki.counts().waiting), (100, 0, 0));
}

#[test]
fn lines_that_are_gathered_are_brought_to_loki_in_one_request() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (loki, courier) = Loki::open(address(&url)).expect("a way");
    let requests = dawdle(listener, Duration::ZERO);
    with_default(Registry::default().with(Lines { stdout: None, loki: Some(loki.clone()) }), || {
        (0..350).for_each(|n| info!(n, "said"));
    });
    courier.close();
    assert_eq!((loki.counts().written, loki.counts().dropped), (350, 0));
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

#[test]
fn a_slow_loki_does_not_hold_up_the_end_whatever_waits() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (loki, courier) = Loki::open(address(&url)).expect("a way");
    let _requests = dawdle(listener, Duration::from_secs(2));
    with_default(Registry::default().with(Lines { stdout: None, loki: Some(loki.clone()) }), || {
        (0..7_200).for_each(|n| info!(n, "said"));
    });
    let asked = Instant::now();
    courier.close();
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    let counts = loki.counts();
    assert!(counts.written > 0 && counts.dropped > 0, "{counts:?}");
    assert_eq!((counts.written + counts.dropped, counts.waiting), (7_200, 0));
}

#[test]
fn nothing_waits_any_more_once_loki_was_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (loki, courier) = Loki::open(address(&url)).expect("a way");
    answer(listener, "500 Not Now", "500 Nor Later");
    with_default(Registry::default().with(Lines { stdout: None, loki: Some(loki.clone()) }), || {
        (0..2_000).for_each(|n| info!(n, "said"));
    });
    courier.close();
    assert_eq!((loki.counts().written, loki.counts().dropped, loki.counts().waiting), (0, 2_000, 0));
}

#[test]
fn a_loki_that_hangs_costs_lines_and_no_time() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (loki, courier) = Loki::open(address(&url)).expect("a way");
    with_default(Registry::default().with(Lines { stdout: None, loki: Some(loki.clone()) }), || {
        (0..20_000).for_each(|n| info!(n, "said"));
    });
    assert!(loki.counts().dropped >= 20_000 - 2 * 8_192);
    drop(listener);
    courier.close();
    let counts = loki.counts();
    assert_eq!(counts.written + counts.dropped, 20_000);
}
