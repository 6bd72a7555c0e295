use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

use super::LineCounts;
use super::line::Line;
use crate::room::{Room, THINGS};

/// Writes lines of JSON, in a thread of its own: whoever reads them slowly, or not at all, keeps nobody waiting.
#[derive(Clone, Debug)]
pub(crate) struct Stdout {
    writer: NonBlocking,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    waiting: Room,
    written: AtomicU64,
    dropped: AtomicU64,
}

/// A stream of lines, each of which is one call.
struct Counted<W> {
    stream: W,
    counts: Arc<Counts>,
}

impl Stdout {
    /// The guard writes what waits when it is dropped.
    pub(crate) fn open(stream: impl Write + Send + 'static) -> (Self, WorkerGuard) {
        let builder = NonBlockingBuilder::default().buffered_lines_limit(THINGS).lossy(true).thread_name("log");
        let counts = Arc::<Counts>::default();
        let (writer, guard) = builder.finish(Counted { stream, counts: counts.clone() });
        (Self { writer, counts }, guard)
    }

    pub(crate) fn write(&self, line: &Line) {
        let mut text = line.to_json();
        text.push('\n');
        if self.counts.waiting.enter(text.len()) {
            // It never fails, and has as much room as we have.
            let _ = self.writer.clone().write_all(text.as_bytes());
        } else {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn counts(&self) -> LineCounts {
        LineCounts {
            sink: "stdout",
            written: self.counts.written.load(Ordering::Relaxed),
            dropped: self.counts.dropped.load(Ordering::Relaxed),
            waiting: self.counts.waiting.things() as u64,
        }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        let written = self.stream.write_all(line);
        let counter = if written.is_ok() { &self.counts.written } else { &self.counts.dropped };
        counter.fetch_add(1, Ordering::Relaxed);
        self.counts.waiting.leave(1, line.len());
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
