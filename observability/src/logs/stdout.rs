use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

use super::LineCounts;
use super::line::Line;

/// Writes lines of JSON, in a thread of its own: whoever reads them slowly, or not at all, keeps nobody waiting.
#[derive(Clone, Debug)]
pub(crate) struct Stdout {
    writer: NonBlocking,
    dropped: ErrorCounter,
    handed_over: Arc<AtomicU64>,
}

/// How many lines wait at most.
const CAPACITY: usize = 8_192;

impl Stdout {
    /// The guard writes what waits when it is dropped.
    pub(crate) fn open(stream: impl Write + Send + 'static) -> (Self, WorkerGuard) {
        let builder = NonBlockingBuilder::default().buffered_lines_limit(CAPACITY).lossy(true).thread_name("log");
        let (writer, guard) = builder.finish(stream);
        let dropped = writer.error_counter();
        (Self { writer, dropped, handed_over: Arc::default() }, guard)
    }

    pub(crate) fn write(&self, line: &Line) {
        let mut text = line.to_json();
        text.push('\n');
        self.handed_over.fetch_add(1, Ordering::Relaxed);
        // It never fails: what there is no room for is dropped, and counted.
        let _ = self.writer.clone().write_all(text.as_bytes());
    }

    pub(crate) fn counts(&self) -> LineCounts {
        let dropped = self.dropped.dropped_lines() as u64;
        let written = self.handed_over.load(Ordering::Relaxed).saturating_sub(dropped);
        LineCounts { sink: "stdout", written, dropped, waiting: 0 }
    }
}
