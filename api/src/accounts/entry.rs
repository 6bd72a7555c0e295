use async_graphql::{Context, InputObject, Object};
use futures_util::FutureExt;

use super::refresh_token::RefreshToken;
use super::{AuthPayload, wrong_credentials};
use crate::Result;
use crate::context::ContextExt;
use crate::doors::accounts::Way;
use crate::input::{Email, Handle, Length, Parsed, all, email, fault, handle, line, new_password, optional, password};
use crate::user_error::{ErrorCode, Explain, Refusal, UserError};
use crate::users::NICKNAME;

/// Somebody who wants an account.
#[derive(InputObject)]
struct SignUpInput {
    /// Where mail reaches them. Log in with it from now on, and confirm it with `confirmEmail`: until then, it is a mere claim.
    email: String,
    /// From 8 to 128 characters of any kind.
    password: String,
    /// The name for addresses and mentions: 3 to 30 letters (a to z), digits and underscores.
    handle: String,
    /// The name to show, of at most 30 characters; by default, the handle.
    nickname: Option<String>,
    /// What the list of `sessions` is to call this device, such as `Ada's phone`; at most 50 characters.
    device: Option<String>,
}

/// Somebody who wants in.
#[derive(InputObject)]
struct LogInInput {
    /// The address of their account, or its handle, with or without `@`: who has not confirmed their address may be one of several who
    /// claim it.
    email: String,
    /// The password.
    password: String,
    /// What the list of `sessions` is to call this device, such as `Ada's phone`; at most 50 characters.
    device: Option<String>,
}

const DEVICE: Length = Length::up_to(50, 200);

#[derive(Default)]
pub struct EntryMutation;

#[Object]
impl EntryMutation {
    /// Makes an account, and logs in. A `handle` that somebody has is a `CONFLICT`; an `email` never is, so that nobody learns who has
    /// an account: it belongs to whoever confirms it.
    async fn sign_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account.")] input: SignUpInput,
    ) -> Result<AuthPayload> {
        let accounts = ctx.accounts();
        let work = async {
            let (email, password, handle, nickname, device) = all((
                email("email", &input.email),
                new_password("password", &input.password),
                handle("handle", &input.handle),
                optional(input.nickname.as_deref(), |nickname| line("nickname", nickname, NICKNAME)),
                device_name(input.device.as_deref()),
            ))?;
            let password_hash = accounts.hasher.hash(password).await?;
            let (session, token) = new_session(device)?;
            let account = db::NewAccount {
                nickname: nickname.unwrap_or_else(|| handle.as_str().to_owned()),
                handle: handle.as_str().to_owned(),
                email: email.as_str().to_owned(),
                password_hash,
                session,
            };
            let taken = UserError::new(ErrorCode::Conflict, "handle", "somebody else has this handle");
            let session =
                account.insert(&mut *ctx.writer().await?).await.on_constraint("users_handle_is_unique", taken)?;
            Ok(accounts.admit(&session, &token)?)
        };
        accounts.attempt(Way::SignUp, work.boxed()).await
    }

    /// Logs in with address or handle, and password. A wrong one of either is `CREDENTIALS_INVALID`. Send it without an `Authorization`
    /// header: a token that has expired is answered with status 401, whatever is asked.
    async fn log_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and the proof.")] input: LogInInput,
    ) -> Result<AuthPayload> {
        let accounts = ctx.accounts();
        let work = async {
            let (name, password, device) = all((
                name("email", &input.email),
                password("password", &input.password),
                device_name(input.device.as_deref()),
            ))?;
            // Neither the number of statements nor that of hashes depends on what is found.
            let mut conn = ctx.postgres().conn().await?;
            let candidates = match &name {
                Name::Email(email) => [
                    db::Account::find_confirmed(&mut conn, email.as_str()).await?,
                    db::Account::find_newest_claim(&mut conn, email.as_str(), None).await?,
                ],
                Name::Handle(handle) => [db::Account::find_by_handle(&mut conn, handle.as_str()).await?, None],
            };
            drop(conn);
            let hashes = candidates.each_ref().map(|account| account.as_ref()?.password_hash.clone());
            let found = accounts.hasher.find(password, hashes).await?;
            let account = found.and_then(|index| candidates[index].as_ref()).ok_or_else(wrong_credentials)?;
            let hash = account.password_hash.as_deref().unwrap_or_default();

            let (session, token) = new_session(device)?;
            let session = session.insert(&mut *ctx.writer().await?, account.user_id, hash).await?;
            Ok(accounts.admit(&session.ok_or_else(wrong_credentials)?, &token)?)
        };
        accounts.attempt(Way::Password, work.boxed()).await
    }
}

/// How somebody says who they are.
enum Name {
    Email(Email),
    Handle(Handle),
}

fn name(field: &str, text: &str) -> Parsed<Name> {
    // As handles are mentioned.
    let plain = text.trim();
    let plain = plain.strip_prefix('@').unwrap_or(plain);
    let name = handle(field, plain).map(Name::Handle).or_else(|_| email(field, text).map(Name::Email));
    name.or_else(|_| fault(field, "is neither an e-mail address nor a handle"))
}

pub(super) fn device_name(device: Option<&str>) -> Parsed<Option<String>> {
    optional(device, |device| line("device", device, DEVICE))
}

pub(super) fn new_session(device: Option<String>) -> Result<(db::NewSession, RefreshToken), Refusal> {
    let token = RefreshToken::new(db::SessionId::new())?;
    Ok((db::NewSession { id: token.session, device, token_hash: token.hash() }, token))
}
