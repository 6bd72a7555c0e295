//! What people say about reviews.

mod loader;
mod mutation;
mod subscription;

use async_graphql::{Context, ID, Object, SimpleObject};

use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::page::{Connection, Edge, Total, page};
use crate::reviews::{ContentState, Review};
use crate::scalars::DateTime;
use crate::users::{User, UserEdge};
use crate::{Result, global_id, likes};

pub use loader::{CommentsOf, RepliesTo, SeenComment, ThreadCount};
pub use mutation::{CommentMutation, CommentPayload};
pub use subscription::CommentSubscription;

pub struct Comment(pub db::Comment);

/// A remark on a review, or a reply to one.
#[Object]
impl Comment {
    /// Opaque and globally unique; good for `node(id:)`.
    pub async fn id(&self) -> ID {
        global_id::encode(self.0.id)
    }

    /// Who wrote it; null once they have deleted their account.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.author_id {
            None => Ok(None),
            Some(author) => User::of(ctx, author).await.map(Some),
        }
    }

    /// Plain text with line breaks.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// The review it is about; null if that has been hidden.
    async fn review(&self, ctx: &Context<'_>) -> Result<Option<Review>> {
        Ok(ctx.load(self.0.review_id).await?.map(Review))
    }

    /// The comment that opened the thread; null if it is this one.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Comment>> {
        match self.0.parent_id {
            None => Ok(None),
            Some(parent) => Ok(ctx.load(parent).await?.map(Comment)),
        }
    }

    /// Whom it answers, where that is not the author of `parent`.
    async fn reply_to(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.reply_to_id {
            None => Ok(None),
            Some(user) => User::of(ctx, user).await.map(Some),
        }
    }

    /// The replies, oldest first; none to replies, since threads are two levels deep.
    async fn replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 3)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<Connection<CommentEdge>> {
        let page = page(first, after.as_ref(), List::REPLIES)?;
        let slice = ctx.load(RepliesTo { comment: self.0.id, page }).await?.unwrap_or_default();
        Ok(Connection::new(&page, slice, Total::Known(self.0.reply_count.into()), CommentEdge::of(List::REPLIES)))
    }

    /// How many people like it.
    pub async fn like_count(&self) -> i32 {
        self.0.like_count
    }

    /// Whether the viewer likes it; false without a viewer.
    pub async fn viewer_has_liked(&self, ctx: &Context<'_>) -> Result<bool> {
        likes::viewer_has_liked(ctx, db::LikeSubject::Comment(self.0.id)).await
    }

    /// Who likes it, newest like first.
    pub async fn likers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 5)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<Connection<UserEdge>> {
        likes::likers(ctx, db::LikeSubject::Comment(self.0.id), self.0.like_count, first, after).await
    }

    /// Whether others can see it.
    async fn state(&self) -> ContentState {
        self.0.state.into()
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// A comment in a list.
#[derive(SimpleObject)]
pub struct CommentEdge {
    /// Where the item is in the list.
    cursor: Cursor,
    /// The comment itself.
    node: Comment,
}

impl CommentEdge {
    /// An edge of the list that the comment is in: the threads of its review, or the replies in its thread.
    pub fn added(comment: db::Comment) -> Self {
        let list = if comment.parent_id.is_some() { List::REPLIES } else { List::COMMENTS_OF_REVIEW };
        Self::of(list)(comment)
    }

    pub fn of(list: List) -> impl Fn(db::Comment) -> Self {
        move |comment| Self { cursor: Cursor::new(list, &comment.id), node: Comment(comment) }
    }
}

impl Edge for CommentEdge {
    const CONNECTION: &'static str = "CommentConnection";

    fn cursor(&self) -> &Cursor {
        &self.cursor
    }
}
