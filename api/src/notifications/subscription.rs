use std::collections::VecDeque;

use async_graphql::{Context, Subscription};
use futures_util::{Stream, StreamExt, stream};

use super::NotificationEdge;
use super::loader::{InboxOf, NotificationsSince};
use crate::Result;
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::live::{Listening, listen, load_patiently};

#[derive(Default)]
pub struct NotificationSubscription;

#[Subscription]
impl NotificationSubscription {
    /// Tells the viewer of what concerns them, as soon as it happens. With the cursor of the newest notification that was seen, first of
    /// all since, so that nothing is missed and nothing told twice, however long the connection was gone; without one, from now on.
    async fn notification_added<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
        #[graphql(
            desc = "Only those that are newer than this cursor: the one of a `NotificationEdge`, or the `streamCursor` of the list."
        )]
        after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Result<NotificationEdge>> + use<'ctx>> {
        let viewer = ctx.user()?;
        let after = after.map(|cursor| cursor.position(List::NOTIFICATIONS)).transpose()?;
        // Before anything is read, so that what it does not show yet wakes us.
        let listening = listen(ctx, db::Topic::NotificationsOf(viewer)).await;
        let after = match after {
            Some(number) => number,
            None => Box::pin(ctx.load(InboxOf(viewer))).await?.map_or(0, |inbox| inbox.last_number),
        };
        let news = News { ctx, viewer, listening, after, waiting: VecDeque::new() };
        Ok(stream::unfold(Some(news), async |news| {
            let mut news = news?;
            match news.next().await {
                Ok(row) => Some((Ok(NotificationEdge::new(row)), Some(news))),
                // Whoever subscribes anew goes on where this ended.
                Err(error) => Some((Err(error), None)),
            }
        })
        // async-graphql keeps room for it several times over.
        .boxed())
    }
}

/// Numbers are given in the order in which notifications can be seen: nothing ever appears before what was told.
struct News<'ctx> {
    ctx: &'ctx Context<'ctx>,
    viewer: db::UserId,
    listening: Listening,
    after: i64,
    waiting: VecDeque<db::Notification>,
}

impl News<'_> {
    async fn next(&mut self) -> Result<db::Notification> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                self.listening.go_on().await;
                self.after = row.number;
                self.ctx.renew();
                return Ok(row);
            }
            self.ctx.renew();
            let since = NotificationsSince { viewer: self.viewer, after: self.after };
            self.waiting = Box::pin(load_patiently(self.ctx, since)).await?.unwrap_or_default().into();
            if self.waiting.is_empty() {
                // Whoever waits keeps nothing, nor room for it (hence the box): there may be thousands.
                self.ctx.renew();
                self.listening.next().await;
            }
        }
    }
}
