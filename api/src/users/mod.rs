//! People.

mod loader;
mod mutation;
mod query;
mod viewer;

use async_graphql::{Context, ID, Object, SimpleObject};

use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::follows::{FollowConnection, FollowsViewer, MutualCount, Relation, ViewerFollows, follow_connection};
use crate::page::{Connection, Edge, Total, page};
use crate::payload::payloads;
use crate::reviews::{ReviewEdge, ReviewsBy};
use crate::scalars::DateTime;
use crate::shops::Image;
use crate::{Error, Result, global_id};

pub use mutation::{NICKNAME, ProfileMutation};
pub use query::UserQuery;
pub use viewer::Viewer;

pub struct User(pub db::User);

payloads! {
    /// What became of a user.
    UserPayload {
        /// The user as they are now.
        user: User,
    }
}

/// A person who reviews shops, and whom others may follow.
#[Object]
impl User {
    /// Opaque and globally unique; good for `node(id:)`.
    pub async fn id(&self) -> ID {
        global_id::encode(self.0.id)
    }

    /// The name for addresses and mentions: 3 to 30 lower-case letters, digits and underscores, unique.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// The name to show. Not unique.
    async fn nickname(&self) -> &str {
        &self.0.nickname
    }

    /// A portrait; null if the user has none.
    async fn avatar(&self) -> Option<Image> {
        self.0.avatar_url.clone().map(Image::new)
    }

    /// What the user says of themselves.
    async fn bio(&self) -> Option<&str> {
        self.0.bio.as_deref()
    }

    /// Where the user lives, in their own words.
    async fn city(&self) -> Option<&str> {
        self.0.city.as_deref()
    }

    /// From 1 to 8, by credits: 0, 50, 200, 500, 1,000, 2,000, 5,000 and 10,000.
    async fn level(&self) -> i32 {
        const LEVELS: [i32; 8] = [0, 50, 200, 500, 1_000, 2_000, 5_000, 10_000];
        (1..).zip(LEVELS).take_while(|(_, credits)| self.0.credits >= *credits).last().map_or(1, |(level, _)| level)
    }

    /// Points for checking in (`checkIn`): for each day as many as there are days without a gap up to it, at most 7; 1 for a day
    /// that was made up.
    async fn credits(&self) -> i32 {
        self.0.credits
    }

    /// How many people follow this user.
    async fn follower_count(&self) -> i32 {
        self.0.follower_count
    }

    /// How many people this user follows.
    async fn following_count(&self) -> i32 {
        self.0.following_count
    }

    /// Whether the viewer follows this user; false without a viewer.
    async fn viewer_is_following(&self, ctx: &Context<'_>) -> Result<bool> {
        let Some(viewer) = ctx.viewer() else { return Ok(false) };
        Ok(ctx.load(ViewerFollows { viewer, user: self.0.id }).await?.is_some())
    }

    /// Whether this user follows the viewer; false without a viewer.
    async fn follows_viewer(&self, ctx: &Context<'_>) -> Result<bool> {
        let Some(viewer) = ctx.viewer() else { return Ok(false) };
        Ok(ctx.load(FollowsViewer { viewer, user: self.0.id }).await?.is_some())
    }

    /// What this user wrote, newest first.
    async fn reviews(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<Connection<ReviewEdge>> {
        let page = page(first, after.as_ref(), List::REVIEWS_BY_USER)?;
        let slice = ctx.load(ReviewsBy { author: self.0.id, page }).await?.unwrap_or_default();
        Ok(Connection::new(
            &page,
            slice,
            Total::Known(self.0.review_count.into()),
            ReviewEdge::newest(List::REVIEWS_BY_USER),
        ))
    }

    /// Who follows this user, newest first.
    async fn followers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<FollowConnection> {
        let total = Total::Known(self.0.follower_count.into());
        follow_connection(ctx, self.0.id, Relation::Followers, first, after, total).await
    }

    /// Whom this user follows, newest first.
    async fn following(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<FollowConnection> {
        let total = Total::Known(self.0.following_count.into());
        follow_connection(ctx, self.0.id, Relation::Following, first, after, total).await
    }

    /// Whom both this user and the viewer follow, newest follow of the viewer first; null without a viewer.
    async fn mutual_follows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<Option<FollowConnection>> {
        let Some(viewer) = ctx.viewer() else { return Ok(None) };
        let total = Total::counted(MutualCount { viewer, user: self.0.id });
        let relation = Relation::Mutual { viewer };
        follow_connection(ctx, self.0.id, relation, first, after, total).await.map(Some)
    }
}

/// A user in a list.
#[derive(SimpleObject)]
pub struct UserEdge {
    /// Where the item is in the list.
    pub cursor: Cursor,
    /// The user themselves.
    pub node: User,
    /// Since when the one follows the other; null in lists that are not about following.
    pub followed_at: Option<DateTime>,
}

impl Edge for UserEdge {
    const CONNECTION: &'static str = "UserConnection";

    fn cursor(&self) -> &Cursor {
        &self.cursor
    }
}

impl User {
    /// Loads a user who cannot be missing, since a row refers to them.
    pub async fn of(ctx: &Context<'_>, id: db::UserId) -> Result<Self> {
        ctx.load(id).await?.map(Self).ok_or(Error::Gone { what: "user" })
    }
}
