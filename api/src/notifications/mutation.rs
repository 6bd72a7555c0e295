use async_graphql::{Context, ID, InputObject, Object};

use crate::Result;
use crate::context::ContextExt;
use crate::input::id;
use crate::payload::{payload, payloads};
use crate::user_error::Explain;

payloads! {
    /// What became of the viewer's notifications.
    NotificationsReadPayload {
        /// How many are unread still.
        unread_count: i64,
    }
}

/// What the viewer has read.
#[derive(InputObject)]
struct MarkNotificationsReadInput {
    /// The `id` of the newest notification that they have read: all before it are taken for read, too.
    up_to: ID,
}

#[derive(Default)]
pub struct NotificationMutation;

#[Object]
impl NotificationMutation {
    /// Marks the viewer's notifications as read, up to and with one of them. To do so twice does no harm.
    async fn mark_notifications_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Up to where.")] input: MarkNotificationsReadInput,
    ) -> Result<NotificationsReadPayload> {
        payload(async {
            let viewer = ctx.user()?;
            let up_to = id("upTo", &input.up_to)?;
            let unread = db::notifications::mark_read(&mut *ctx.writer().await?, viewer, up_to)
                .await
                .on_missing("notification", "upTo")?;
            Ok(NotificationsReadPayload::new(unread))
        })
        .await
    }
}
