//! Which rows a transaction changes, noted by the events that it records.

use std::cell::RefCell;

use super::RowId;

tokio::task_local! {
    static CHANGED: RefCell<Vec<RowId>>;
}

/// Runs an attempt at a transaction, and tells which rows it changed, if it was committed.
pub(crate) async fn noted<T>(attempt: impl Future<Output = T>) -> (T, Vec<RowId>) {
    let noting = async {
        let done = attempt.await;
        (done, CHANGED.with(RefCell::take))
    };
    CHANGED.scope(RefCell::default(), noting).await
}

/// Outside of an attempt, it is up to the worker, who has the event.
pub(crate) fn note(rows: impl IntoIterator<Item = RowId>) {
    CHANGED.try_with(|changed| changed.borrow_mut().extend(rows)).ok();
}
