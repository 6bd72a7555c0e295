//! What people are told.

mod loader;
mod mutation;
mod subscription;

use async_graphql::{Context, Enum, ID, Object, SimpleObject, Union};
use futures_util::future::try_join_all;

use crate::comments::Comment;
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::page::{Edge, PageInfo, limit, page};
use crate::reviews::Review;
use crate::scalars::DateTime;
use crate::users::User;
use crate::{Result, global_id};

pub use loader::{InboxOf, OwnNotification};
pub use mutation::{NotificationMutation, NotificationsReadPayload, SetNotificationMutedPayload};
pub use subscription::NotificationSubscription;

pub struct Notification(pub db::Notification);

/// Somebody did something that concerns the viewer; or several people did the same, which is told as one: three people liked a review.
/// When one more does, it is told again: it moves to the top of the list, unread, under the same `id`.
#[Object]
impl Notification {
    /// Opaque and globally unique; good for `node(id:)`, for the viewer alone.
    pub async fn id(&self) -> ID {
        global_id::encode(self.0.id)
    }

    /// What they did.
    async fn kind(&self) -> NotificationKind {
        self.0.kind.into()
    }

    /// Who did it, last first; those who left are left out.
    async fn actors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100; more than ten are never remembered.", default = 3)]
        first: i32,
    ) -> Result<Vec<User>> {
        let newest = self.0.actor_ids.iter().take(limit(first)? as usize);
        let actors = try_join_all(newest.map(|&actor| ctx.load(actor))).await?;
        Ok(actors.into_iter().flatten().map(User).collect())
    }

    /// How many people did it.
    async fn actor_count(&self) -> i32 {
        self.0.actor_count
    }

    /// What it is about: the newest `Comment` or answer, the `Review` or comment that was liked, answered or written, the newest
    /// follower. Null if it can't be seen any more.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<NotificationSubject>> {
        if let Some(comment) = self.0.comment_id {
            return Ok(ctx.load(comment).await?.map(|comment| Comment(comment).into()));
        }
        if let Some(review) = self.0.review_id {
            return Ok(ctx.load(review).await?.map(|review| Review(review).into()));
        }
        let Some(&newest) = self.0.actor_ids.first() else { return Ok(None) };
        Ok(ctx.load(newest).await?.map(|user| User(user).into()))
    }

    /// When the viewer read it; null if they have not.
    async fn read_at(&self) -> Option<DateTime> {
        self.0.read_at.map(Into::into)
    }

    /// When the last of them did it.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// What people did.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "db::NotificationKind")]
pub enum NotificationKind {
    /// Liked a review or a comment of the viewer.
    Like,
    /// Commented on a review of the viewer.
    Comment,
    /// Answered a comment of the viewer.
    Reply,
    /// Began to follow the viewer. All who did on the same day (UTC) are told as one.
    Follow,
    /// Answered a review of the viewer, as the merchant.
    MerchantReply,
    /// Wrote a review, whom the viewer follows or whose shop the viewer owns.
    Review,
}

/// What a notification is about.
#[derive(Union)]
pub enum NotificationSubject {
    Review(Review),
    Comment(Comment),
    User(User),
}

/// A notification in a list.
#[derive(SimpleObject)]
pub struct NotificationEdge {
    /// Where it is in the list, and in the stream of `notificationAdded`.
    cursor: Cursor,
    /// The notification.
    node: Notification,
}

impl NotificationEdge {
    pub fn new(row: db::Notification) -> Self {
        Self { cursor: Cursor::new(List::NOTIFICATIONS, &row.number), node: Notification(row) }
    }
}

impl Edge for NotificationEdge {
    const CONNECTION: &'static str = "NotificationConnection";

    fn cursor(&self) -> &Cursor {
        &self.cursor
    }
}

pub struct NotificationConnection {
    viewer: db::UserId,
    edges: Vec<NotificationEdge>,
    page_info: PageInfo,
    newest: Option<Cursor>,
}

/// A page of what the viewer was told.
#[Object]
impl NotificationConnection {
    /// The notifications of this page, newest first.
    async fn edges(&self) -> &[NotificationEdge] {
        &self.edges
    }

    /// Where this page begins and ends, and whether there are more.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// What to give `notificationAdded(after:)`, to be told of what comes after this list, even if it is empty. Null on further pages, and
    /// with `unreadOnly`, which do not show what is newest.
    async fn stream_cursor(&self) -> Option<&Cursor> {
        self.newest.as_ref()
    }

    /// How many of all that the viewer was told are unread.
    async fn unread_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let mut conn = ctx.postgres().conn().await?;
        Ok(db::Notification::count_unread(&mut conn, self.viewer).await?)
    }
}

/// What the viewer was told.
pub async fn of(
    ctx: &Context<'_>,
    viewer: db::UserId,
    unread_only: bool,
    first: i32,
    after: Option<Cursor>,
) -> Result<NotificationConnection> {
    let page = page(first, after.as_ref(), List::NOTIFICATIONS)?;
    let mut conn = ctx.postgres().conn().await?;
    let slice = db::Notification::page_of(&mut conn, viewer, unread_only, page).await?;
    let begins = !unread_only && page.after.is_none();
    // Numbers begin with one.
    let newest = begins.then(|| slice.rows.first().map_or(0, |row| row.number));
    let newest = newest.map(|number| Cursor::new(List::NOTIFICATIONS, &number));
    let edges: Vec<_> = slice.rows.into_iter().map(NotificationEdge::new).collect();
    let page_info = PageInfo::new(&edges, page.after.is_some(), slice.has_more);
    Ok(NotificationConnection { viewer, edges, page_info, newest })
}

/// What the viewer does not want to be told.
pub async fn muted(ctx: &Context<'_>, viewer: db::UserId) -> Result<Vec<NotificationKind>> {
    let inbox = ctx.load(InboxOf(viewer)).await?;
    Ok(inbox.map(|inbox| inbox.muted.into_iter().map(Into::into).collect()).unwrap_or_default())
}
