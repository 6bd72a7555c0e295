use async_graphql::{Context, ID, InputObject, Object};
use futures_util::FutureExt;

use super::refresh_token::RefreshToken;
use super::{AuthPayload, live};
use crate::context::ContextExt;
use crate::doors::accounts::Way;
use crate::input::{fault, id};
use crate::payload::{payload, payloads};
use crate::scalars::DateTime;
use crate::user_error::{ErrorCode, Explain, UserError};
use crate::{Result, global_id};

pub struct Session {
    row: db::Session,
    is_current: bool,
}

impl Session {
    /// `current` is the session that the request belongs to.
    pub fn new(row: db::Session, current: Option<db::SessionId>) -> Self {
        Self { is_current: current == Some(row.id), row }
    }
}

/// A device on which the viewer is logged in.
#[Object]
impl Session {
    /// Opaque and globally unique; good for `node(id:)`, for the viewer alone.
    pub async fn id(&self) -> ID {
        global_id::encode(self.row.id)
    }

    /// What the device called itself when it logged in; null if it did not.
    async fn device(&self) -> Option<&str> {
        self.row.device.as_deref()
    }

    /// When the viewer logged in.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When the session was last refreshed, which happens every 15 minutes while the device is in use.
    async fn last_seen_at(&self) -> DateTime {
        self.row.last_seen_at.into()
    }

    /// Whether this request belongs to it.
    async fn is_current(&self) -> bool {
        self.is_current
    }
}

payloads! {
    /// What became of a session.
    RevokeSessionPayload {
        /// The id of the session that has ended.
        revoked_id: ID,
    }
}

/// A session to go on with.
#[derive(InputObject)]
struct RefreshSessionInput {
    /// The newest refresh token of the session.
    refresh_token: String,
}

/// A session to end.
#[derive(InputObject)]
struct RevokeSessionInput {
    /// The `id` of a `Session` of the viewer; by default, that which this request belongs to.
    session_id: Option<ID>,
}

#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Exchanges a refresh token for new tokens. Each is good for one exchange: one that comes a second time was stolen, so the session
    /// ends, and everybody who has a token of it must log in again (`CREDENTIALS_INVALID`). Do it on one thread at a time.
    ///
    /// Send it without an `Authorization` header: the access token that has expired is answered with status 401, whatever is asked. And
    /// never send it again when no answer came, since the token may be used up: log in again.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session.")] input: RefreshSessionInput,
    ) -> Result<AuthPayload> {
        let accounts = ctx.accounts();
        let work = async {
            let ended = || {
                let message = "the refresh token is not valid, or no longer: log in again";
                UserError::new(ErrorCode::CredentialsInvalid, "refreshToken", message)
            };
            let old = RefreshToken::decode(&input.refresh_token).ok_or_else(ended)?;
            let new = RefreshToken::new(old.session)?;
            let mut conn = ctx.writer().await?;
            let session = db::Session::rotate(&mut conn, old.session, &old.hash(), &new.hash()).await?;
            drop(conn);
            Ok(accounts.admit(&session.ok_or_else(ended)?, &new)?)
        };
        accounts.attempt(Way::Refresh, work.boxed()).await
    }

    /// Logs the viewer out on a device: its refresh token ends at once, its access token within 15 minutes.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokeSessionInput,
    ) -> Result<RevokeSessionPayload> {
        payload(async {
            let bearer = live(ctx).await?;
            let session = match (&input.session_id, bearer.session) {
                (Some(session), _) => id("sessionId", session)?,
                (None, Some(current)) => current,
                (None, None) => fault("sessionId", "must be given: this access token belongs to no session")?,
            };
            db::Session::revoke(&mut *ctx.writer().await?, session, bearer.user)
                .await
                .on_missing("session", "sessionId")?;
            Ok(RevokeSessionPayload::new(global_id::encode(session)))
        })
        .await
    }
}
