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

/// A stream of lines, which are written together if they come together.
struct Counted<W: Write> {
    stream: W,
    counts: Arc<Counts>,
    lines: usize,
    text: Vec<u8>,
}

/// How much text is written at once.
const AT_ONCE: usize = 64 * 1024;

impl Stdout {
    /// The guard writes what waits when it is dropped.
    pub(crate) fn open(stream: impl Write + Send + 'static) -> (Self, WorkerGuard) {
        let builder = NonBlockingBuilder::default().buffered_lines_limit(THINGS).lossy(true).thread_name("log");
        let counts = Arc::<Counts>::default();
        let (writer, guard) = builder.finish(Counted { stream, counts: counts.clone(), lines: 0, text: Vec::new() });
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
        self.write_all(bytes).map(|()| bytes.len())
    }

    /// Each call is a line.
    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        self.lines += 1;
        self.text.extend_from_slice(line);
        if self.text.len() >= AT_ONCE { self.flush() } else { Ok(()) }
    }

    /// Is called as soon as no line waits.
    fn flush(&mut self) -> io::Result<()> {
        let written = self.stream.write_all(&self.text).and_then(|()| self.stream.flush());
        let counter = if written.is_ok() { &self.counts.written } else { &self.counts.dropped };
        counter.fetch_add(self.lines as u64, Ordering::Relaxed);
        self.counts.waiting.leave(self.lines, self.text.len());
        self.lines = 0;
        self.text.clear();
        written
    }
}

impl<W: Write> Drop for Counted<W> {
    fn drop(&mut self) {
        // Whoever does not take them now is not asked again.
        let _ = self.flush();
    }
}
