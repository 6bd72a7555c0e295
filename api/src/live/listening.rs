use std::sync::Arc;

use async_graphql::Context;
use db::{Listener, Topic, Wake};
use observability::TraceContext;
use observability::metrics::Held;
use tokio::task::yield_now;

use crate::context::ContextExt;
use crate::doors::subscription::{Subscription, Woken};

/// A subscription that hears of a topic, until it is dropped.
pub(crate) struct Listening {
    listener: Listener,
    subscription: Arc<Subscription>,
    _active: Held,
}

/// Listens before this returns.
pub(crate) async fn listen(ctx: &Context<'_>, topic: Topic) -> Listening {
    let listener = ctx.memory().broadcast.listen(topic).await;
    let subscription = ctx.data_unchecked::<Arc<Subscription>>().clone();
    let active = subscription.listens(ctx.field().name());
    Listening { listener, subscription, _active: active }
}

impl Listening {
    /// May be dropped without losing any.
    pub(crate) async fn next(&mut self) -> Wake {
        self.subscription.waits();
        let wake = self.listener.next().await;
        let cause = self.listener.cause().and_then(TraceContext::parse);
        self.subscription.wakes(Woken { at: self.listener.woken_at(), cause });
        // What comes next belongs to another span, which whoever polls us must enter.
        yield_now().await;
        wake
    }

    /// There is more to tell of what was heard.
    pub(crate) async fn go_on(&mut self) {
        if self.subscription.goes_on() {
            yield_now().await;
        }
    }
}
