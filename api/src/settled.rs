//! Lets all of a request go as far as it can before any of its loaders sends what it was asked for.
//!
//! A resolver that waits for a batch yields to its siblings once. Tokio calls it back when the task has been polled; but within
//! one poll lists of futures stop early, and locks are handed on one by one. `settled` polls until none is left who could go
//! on, so that how many batches there are is a matter of the query, not of chance.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;
use tokio::task::{coop::Unconstrained, unconstrained};

pub(crate) struct Settled<F> {
    /// Tokio's budget would interrupt resolvers that wait for the same batch.
    future: Pin<Box<Unconstrained<F>>>,
    bell: Arc<Bell>,
    waker: Waker,
}

#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    task: AtomicWaker,
}

/// Most polls in a row, lest a future that only ever wakes itself keep the thread.
const MAX_POLLS: usize = 10_000;

pub(crate) fn settled<F: Future>(future: F) -> Settled<F> {
    let bell = Arc::new(Bell::default());
    Settled { future: Box::pin(unconstrained(future)), waker: Waker::from(bell.clone()), bell }
}

impl<F: Future> Future for Settled<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { future, bell, waker } = &mut *self;
        for _ in 0..MAX_POLLS {
            bell.rung.store(false, Ordering::Release);
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(waker)) {
                return Poll::Ready(output);
            }
            if !bell.rung.load(Ordering::Acquire) {
                break;
            }
        }
        bell.task.register(cx.waker());
        if bell.rung.load(Ordering::Acquire) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.task.wake();
    }
}
