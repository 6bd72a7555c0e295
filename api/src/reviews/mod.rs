//! What people say about shops.

mod loader;
mod mutation;
mod subscription;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use crate::comments::{CommentEdge, CommentsOf, ThreadCount};
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::page::{Connection, Edge, Total, page};
use crate::scalars::DateTime;
use crate::shops::Shop;
use crate::users::{User, UserEdge};
use crate::{Result, global_id, likes};

pub use loader::{ReviewsBy, ReviewsOf, SeenReview, ViewersReviewOf};
pub use mutation::{DeletePayload, ReviewMutation, ReviewPayload};
pub use subscription::ReviewSubscription;

pub struct Review(pub db::Review);

/// One person's verdict on one shop. Each person has one per shop.
#[Object]
impl Review {
    /// Opaque and globally unique; good for `node(id:)`.
    pub async fn id(&self) -> ID {
        global_id::encode(self.0.id)
    }

    /// Grows with each edit. Pass it back when you edit, so that nobody's edit is lost.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Who wrote it.
    async fn author(&self, ctx: &Context<'_>) -> Result<User> {
        User::of(ctx, self.0.author_id).await
    }

    /// What it is about.
    async fn shop(&self, ctx: &Context<'_>) -> Result<Shop> {
        Shop::of(ctx, self.0.shop_id).await
    }

    /// Stars, from 1, never again, to 5, every week.
    async fn rating(&self) -> i16 {
        self.0.rating
    }

    /// A headline; null if the author gave none.
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// What the author says, as plain text with line breaks.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// How many people like it.
    pub async fn like_count(&self) -> i32 {
        self.0.like_count
    }

    /// Whether the viewer likes it; false without a viewer.
    pub async fn viewer_has_liked(&self, ctx: &Context<'_>) -> Result<bool> {
        likes::viewer_has_liked(ctx, db::LikeSubject::Review(self.0.id)).await
    }

    /// Who likes it, newest like first.
    pub async fn likers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 5)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<Connection<UserEdge>> {
        likes::likers(ctx, db::LikeSubject::Review(self.0.id), self.0.like_count, first, after).await
    }

    /// How many comments and replies there are.
    async fn comment_count(&self) -> i32 {
        self.0.comment_count
    }

    /// The comments, oldest first; each has its `replies`. `totalCount` does not count those.
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<Connection<CommentEdge>> {
        let page = page(first, after.as_ref(), List::COMMENTS_OF_REVIEW)?;
        let slice = ctx.load(CommentsOf { review: self.0.id, page }).await?.unwrap_or_default();
        Ok(Connection::new(
            &page,
            slice,
            Total::counted(ThreadCount(self.0.id)),
            CommentEdge::of(List::COMMENTS_OF_REVIEW),
        ))
    }

    /// What the owner of the shop answered; null as long as they have not.
    async fn merchant_reply(&self) -> Option<MerchantReply> {
        let (body, replied_at) = self.0.merchant_reply.clone().zip(self.0.merchant_reply_at)?;
        Some(MerchantReply { body, replied_at: replied_at.into() })
    }

    /// Whether others can see it.
    async fn state(&self) -> ContentState {
        self.0.state.into()
    }

    /// Whether the viewer may edit it: authors may edit their own.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> bool {
        ctx.viewer() == Some(self.0.author_id)
    }

    /// When it was published.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last edited; null if it never was.
    async fn edited_at(&self) -> Option<DateTime> {
        self.0.edited_at.map(DateTime)
    }
}

/// The answer of a shop's owner to a review.
#[derive(SimpleObject)]
pub struct MerchantReply {
    /// Plain text with line breaks.
    body: String,
    /// When it was written.
    replied_at: DateTime,
}

/// Orders of a shop's reviews.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "db::ReviewOrder")]
pub enum ReviewOrder {
    /// Most likes first.
    Helpful,
    /// Newest first.
    Newest,
    /// Fewest stars first, oldest first among the same.
    #[graphql(name = "RATING_ASC")]
    RatingAscending,
    /// Most stars first, newest first among the same.
    #[graphql(name = "RATING_DESC")]
    RatingDescending,
}

/// Who can see what somebody wrote.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "db::ContentState")]
pub enum ContentState {
    /// Everybody.
    Visible,
    /// Only its author, until a moderator has looked at it.
    Pending,
    /// Only its author, since a moderator took it down.
    Hidden,
}

/// A review in a list.
#[derive(SimpleObject)]
pub struct ReviewEdge {
    /// Where the item is in the list.
    cursor: Cursor,
    /// The review itself.
    node: Review,
}

impl ReviewEdge {
    /// An edge of a list that is ordered by age.
    pub fn newest(list: List) -> impl Fn(db::Review) -> Self {
        move |review| Self { cursor: Cursor::new(list, &review.id), node: Review(review) }
    }

    /// An edge of a list by another order.
    pub fn ranked(list: List) -> impl Fn(db::Keyed<db::Review>) -> Self {
        move |db::Keyed { row, value }| Self {
            cursor: Cursor::new(list, &db::Rank { value, id: row.id }),
            node: Review(row),
        }
    }
}

impl Edge for ReviewEdge {
    const CONNECTION: &'static str = "ReviewConnection";

    fn cursor(&self) -> &Cursor {
        &self.cursor
    }
}
