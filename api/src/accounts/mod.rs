//! How people prove who they are.

mod argon2id;
mod codes;
mod deletion;
mod entry;
mod hasher;
mod loader;
mod refresh_token;
mod sessions;

use async_graphql::Context;
use chrono::{Duration, SubsecRound, Utc};
use futures_util::future::BoxFuture;

use crate::context::ContextExt;
use crate::doors::accounts::{Entrance, Way};
use crate::mail::MailRoom;
use crate::payload::{payload, payloads};
use crate::scalars::DateTime;
use crate::tokens::{Bearer, Tokens};
use crate::user_error::{ErrorCode, Refusal, UserError};
use crate::users::Viewer;
use crate::{Error, Result};

pub use codes::{CodeMutation, RequestLoginCodePayload, ViewerPayload};
pub use deletion::DeletionMutation;
pub use entry::EntryMutation;
pub use hasher::Hasher;
pub use loader::{AccountOf, ExportOf, OwnSession, SessionsOf};
pub use sessions::{RevokeSessionPayload, Session, SessionMutation};

use refresh_token::RefreshToken;

/// What it takes to let people in. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    pub tokens: Tokens,
    pub hasher: Hasher,
    pub mail: MailRoom,
    pub(crate) entrance: Entrance,
}

/// How long an access token is good for.
const ACCESS: Duration = Duration::minutes(15);

payloads! {
    /// What became of an attempt to log in.
    AuthPayload {
        /// Proves who sends a request, as `Authorization: Bearer …`, until `expiresAt`. A JWT, signed by one of the keys at
        /// `/.well-known/jwks.json`.
        access_token: String,
        /// Good for one `refreshSession`, within 60 days. Keep it where no other program can read it.
        refresh_token: String,
        /// When the access token ends: 15 minutes after it was issued. From then on every request that carries it is answered with
        /// status 401, `refreshSession` and `logIn` as well: send those without the header.
        expires_at: DateTime,
        /// Who is logged in now.
        viewer: Viewer,
    }
}

impl Accounts {
    /// What comes of an attempt to get in, on the records. It comes in a box, since each layer of resolvers has room for it once more.
    async fn attempt(&self, way: Way, work: BoxFuture<'_, Result<AuthPayload, Refusal>>) -> Result<AuthPayload> {
        let attempt = self.entrance.attempt(way);
        let answer = payload(work).await?;
        attempt.ended(answer.user_errors.is_empty());
        Ok(answer)
    }

    /// Hands out tokens for a session that has begun or goes on.
    fn admit(&self, session: &db::Session, refresh_token: &RefreshToken) -> Result<AuthPayload> {
        let bearer = Bearer { user: session.user_id, session: Some(session.id) };
        // Tokens count whole seconds.
        let expires_at = (Utc::now() + ACCESS).trunc_subsecs(0);
        let access_token = self.tokens.issue(bearer, ACCESS).map_err(|_| Error::Internal("a token can't be signed"))?;
        let expires_at = DateTime(expires_at);
        Ok(AuthPayload::new(access_token, refresh_token.encode(), expires_at, Viewer(bearer)))
    }
}

/// Who asks for what an account hangs on, or for all that is in it. For that, a token of a session that has ended does not do, though
/// it is good for everything else as long as it lasts.
async fn live(ctx: &Context<'_>) -> Result<Bearer> {
    ctx.bearer()?.live(ctx).await
}

impl Bearer {
    /// The same, if their session goes on.
    pub async fn live(self, ctx: &Context<'_>) -> Result<Self> {
        let Some(session) = self.session else { return Ok(self) };
        let own = ctx.load(OwnSession { viewer: self.user, session }).await?;
        own.map(|_| self).ok_or(Error::Unauthenticated)
    }
}

/// Which of the two is wrong is nobody's business.
fn wrong_credentials() -> UserError {
    UserError::without_field(ErrorCode::CredentialsInvalid, "the address or the password is wrong")
}
