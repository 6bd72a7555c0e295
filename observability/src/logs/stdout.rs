use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

use super::LineCounts;
use super::line::Line;

/// Writes lines of JSON, in a thread of its own: whoever reads them slowly, or not at all, keeps nobody waiting.
#[derive(Clone, Debug)]
pub(crate) struct Stdout {
    writer: NonBlocking,
    no_room: ErrorCounter,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    handed_over: AtomicU64,
    written: AtomicU64,
    refused: AtomicU64,
}

/// A stream of lines, each of which is one call.
struct Counted<W> {
    stream: W,
    counts: Arc<Counts>,
}

/// How many lines wait at most.
const CAPACITY: usize = 8_192;

impl Stdout {
    /// The guard writes what waits when it is dropped.
    pub(crate) fn open(stream: impl Write + Send + 'static) -> (Self, WorkerGuard) {
        let builder = NonBlockingBuilder::default().buffered_lines_limit(CAPACITY).lossy(true).thread_name("log");
        let counts = Arc::<Counts>::default();
        let (writer, guard) = builder.finish(Counted { stream, counts: counts.clone() });
        let no_room = writer.error_counter();
        (Self { writer, no_room, counts }, guard)
    }

    pub(crate) fn write(&self, line: &Line) {
        let mut text = line.to_json();
        text.push('\n');
        self.counts.handed_over.fetch_add(1, Ordering::Relaxed);
        // It never fails: what there is no room for is dropped, and counted.
        let _ = self.writer.clone().write_all(text.as_bytes());
    }

    pub(crate) fn counts(&self) -> LineCounts {
        let written = self.counts.written.load(Ordering::Acquire);
        let dropped = self.no_room.dropped_lines() as u64 + self.counts.refused.load(Ordering::Acquire);
        // Read last, so that there are as many at least.
        let handed_over = self.counts.handed_over.load(Ordering::Acquire);
        LineCounts { sink: "stdout", written, dropped, waiting: handed_over.saturating_sub(written + dropped) }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        let written = self.stream.write_all(line);
        let counter = if written.is_ok() { &self.counts.written } else { &self.counts.refused };
        counter.fetch_add(1, Ordering::Release);
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
