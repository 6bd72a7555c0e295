use async_graphql::{Context, ID, InputObject, Object};

use super::NotificationKind;
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

    /// What became of the wish not to be told something.
    SetNotificationMutedPayload {
        /// All that the viewer does not want to be told.
        muted_notifications: Vec<NotificationKind>,
    }
}

/// What the viewer has read.
#[derive(InputObject)]
struct MarkNotificationsReadInput {
    /// The `id` of the newest notification that they have read: all before it are taken for read, too.
    up_to: ID,
}

/// What the viewer wants to be told.
#[derive(InputObject)]
struct SetNotificationMutedInput {
    /// Such notifications.
    kind: NotificationKind,
    /// Whether they are muted from now on. Those that the viewer was told before stay.
    muted: bool,
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
            let unread = db::Notification::mark_read(&mut *ctx.writer().await?, viewer, up_to)
                .await
                .on_missing("notification", "upTo")?;
            Ok(NotificationsReadPayload::new(unread))
        })
        .await
    }

    /// Mutes notifications of a kind, or lets them be told again. To do so twice does no harm.
    async fn set_notification_muted(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and whether.")] input: SetNotificationMutedInput,
    ) -> Result<SetNotificationMutedPayload> {
        payload(async {
            let viewer = ctx.user()?;
            let inbox = db::Inbox::set_muted(&mut *ctx.writer().await?, viewer, input.kind.into(), input.muted).await?;
            Ok(SetNotificationMutedPayload::new(inbox.muted.into_iter().map(Into::into).collect()))
        })
        .await
    }
}
