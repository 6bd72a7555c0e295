use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Response;
use futures_util::stream::BoxStream;
use futures_util::stream::{AbortHandle, SelectAll};
use futures_util::{StreamExt, stream};

use crate::graphql::Responses;

/// The operations under way in a socket, by the ids that the client gave them.
#[derive(Default)]
pub(super) struct Operations {
    responses: SelectAll<BoxStream<'static, (Arc<str>, Option<Response>)>>,
    under_way: HashMap<Arc<str>, AbortHandle>,
}

impl Operations {
    pub(super) fn contains(&self, id: &str) -> bool {
        self.under_way.contains_key(id)
    }

    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }

    pub(super) fn begin(&mut self, id: &str, responses: Responses) {
        let id: Arc<str> = id.into();
        let events = responses.map(Some).chain(stream::once(async { None }));
        let (events, abort) = stream::abortable(events);
        self.under_way.insert(id.clone(), abort);
        self.responses.push(events.map(move |event| (id.clone(), event)).boxed());
    }

    /// From now on, nothing comes of the operation.
    pub(super) fn end(&mut self, id: &str) {
        if let Some(abort) = self.under_way.remove(id) {
            abort.abort();
        }
    }

    /// What comes next of any of them, without a response once it is over; none if none is under way.
    pub(super) async fn next(&mut self) -> Option<(Arc<str>, Option<Response>)> {
        self.responses.next().await
    }
}
