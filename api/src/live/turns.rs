use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

/// How many loads of subscriptions ask the database at a time.
///
/// All of them may be woken at the same moment. So they wait for their turn, for as long as it takes, rather than for a connection, which
/// nobody does for long; and there are connections left for everybody else.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    /// As many as half of the connections.
    pub(crate) fn over(connections: usize) -> Self {
        Self(Arc::new(Semaphore::new((connections / 2).max(1))))
    }

    /// Whoever came first is first. Only a task of its own may wait for it: a stream that nobody polls would keep its turn.
    pub(crate) async fn take(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.0.acquire().await.ok()
    }
}
