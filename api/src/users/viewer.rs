use async_graphql::{Context, Enum, Json, Object};

use super::User;
use crate::accounts::{AccountOf, ExportOf, Session, SessionsOf};
use crate::check_ins::{self, CheckInCalendar};
use crate::context::ContextExt;
use crate::cursor::Cursor;
use crate::feeds;
use crate::notifications::{self, NotificationConnection, NotificationKind};
use crate::page::Connection;
use crate::reviews::ReviewEdge;
use crate::scalars::Date;
use crate::shops::{self, ShopConnection};
use crate::tokens::Bearer;
use crate::{Error, Result};

pub struct Viewer(pub Bearer);

/// The user who sends the request, with what is for their eyes only.
#[Object]
impl Viewer {
    /// What everybody can see of the viewer.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        // A token outlives its account by minutes.
        ctx.load(self.0.user).await?.map(User).ok_or(Error::Unauthenticated)
    }

    /// The address that the viewer logs in with; null for generated people, who never signed up.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(ctx.load(AccountOf(self.0.user)).await?.map(|account| account.email))
    }

    /// Whether the viewer has shown, by `confirmEmail` or by logging in with a code, that the address is theirs.
    async fn email_confirmed(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(ctx.load(AccountOf(self.0.user)).await?.is_some_and(|account| account.email_confirmed_at.is_some()))
    }

    /// Whether the viewer has a password. Generated people have none; nor has an account whose address was taken over by a code, which
    /// ends the password of whoever claimed it before: set one by `logInWithCode` with a `newPassword`. Tells which proof
    /// `deleteAccount` wants.
    async fn has_password(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(ctx.load(AccountOf(self.0.user)).await?.is_some_and(|account| account.password_hash.is_some()))
    }

    /// What the viewer may do beyond what everybody may.
    async fn role(&self, ctx: &Context<'_>) -> Result<Role> {
        Ok(ctx.load(AccountOf(self.0.user)).await?.map_or(Role::User, |account| account.role.into()))
    }

    /// The devices on which the viewer is logged in, seen last first; at most 50.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let viewer = self.0.live(ctx).await?;
        let sessions = ctx.load(SessionsOf(viewer.user)).await?.unwrap_or_default();
        Ok(sessions.into_iter().map(|session| Session::new(session, viewer.session)).collect())
    }

    /// All that those whom the viewer follows have published, newest first.
    async fn feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<Connection<ReviewEdge>> {
        feeds::feed(ctx, self.0.user, first, after).await
    }

    /// What concerns the viewer, newest first, of the last 90 days. Ask for it once, then go on with the subscription `notificationAdded`.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what the viewer has not read.", default = false)] unread_only: bool,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<NotificationConnection> {
        notifications::of(ctx, self.0.user, unread_only, first, after).await
    }

    /// What the viewer does not want to be told.
    async fn muted_notifications(&self, ctx: &Context<'_>) -> Result<Vec<NotificationKind>> {
        notifications::muted(ctx, self.0.user).await
    }

    /// The shops that the viewer owns, as a merchant may; listed last first.
    async fn shops(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, from 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
    ) -> Result<ShopConnection> {
        shops::owned_by(ctx, self.0.user, first, after).await
    }

    /// A month of the viewer's check-ins, and their streaks.
    async fn check_ins(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Any day of the month.")] month: Date,
    ) -> Result<CheckInCalendar> {
        check_ins::calendar(ctx, self.0.user, month.0).await
    }

    /// All that is stored about the viewer, as one JSON document to keep or to take elsewhere. Hashes of passwords and tokens are left out.
    /// It can be large, and takes its time. Its ids are those of the database: they tell what belongs together within the document, and
    /// are not those of this API.
    async fn export(&self, ctx: &Context<'_>) -> Result<Json<serde_json::Value>> {
        let viewer = self.0.live(ctx).await?;
        Ok(Json(ctx.load(ExportOf(viewer.user)).await?.unwrap_or_default()))
    }
}

/// What somebody may do beyond what everybody may.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "db::Role")]
pub enum Role {
    /// Nothing.
    User,
    /// List shops, edit those they own, and answer reviews of them.
    Merchant,
    /// See what was reported, and hide what somebody wrote.
    Moderator,
}
