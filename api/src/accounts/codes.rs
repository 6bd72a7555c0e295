use async_graphql::{Context, InputObject, Object};
use chrono::Utc;
use futures_util::FutureExt;

use super::entry::{device_name, new_session};
use super::{Accounts, AuthPayload, live};
use crate::context::ContextExt;
use crate::doors::accounts::Way;
use crate::input::{Handle, Parsed, all, email, fault, handle, new_password, optional};
use crate::mail::Mail;
use crate::payload::{payload, payloads};
use crate::scalars::DateTime;
use crate::user_error::{ErrorCode, Explain, Refusal, UserError};
use crate::users::Viewer;
use crate::{Error, Result};

payloads! {
    /// What became of the wish for a code.
    RequestLoginCodePayload {
        /// Until when the code is good: ten minutes.
        expires_at: DateTime,
        /// When another one may be requested: a minute from now.
        resend_after: DateTime,
    }

    /// What became of the viewer.
    ViewerPayload {
        /// The viewer as they are now.
        viewer: Viewer,
    }
}

/// Where a code is to be sent to.
#[derive(InputObject)]
struct RequestLoginCodeInput {
    /// The address of an account.
    email: String,
}

/// Somebody who wants in.
#[derive(InputObject)]
struct LogInWithCodeInput {
    /// The address that the code was sent to.
    email: String,
    /// The six digits of the mail.
    code: String,
    /// The handle of the account that is meant, if several claim the address and none has confirmed it; by default, the newest.
    handle: Option<String>,
    /// The password from now on, for whoever forgot theirs or wants another: from 8 to 128 characters of any kind. All other devices
    /// are logged out.
    new_password: Option<String>,
    /// What the list of `sessions` is to call this device, such as `Ada's phone`; at most 50 characters.
    device: Option<String>,
}

/// The proof that an address is the viewer's.
#[derive(InputObject)]
struct ConfirmEmailInput {
    /// The six digits of the mail that `requestLoginCode` had sent to the viewer's address.
    code: String,
}

#[derive(Default)]
pub struct CodeMutation;

#[Object]
impl CodeMutation {
    /// Has a code of six digits sent to an address, if it has an account, which the answer does not tell. The newest code is good, for
    /// ten minutes and five attempts. One a minute and ten a day are sent, then it is `CODE_THROTTLED`. On a server that sends no mail,
    /// it is an error, `UNAVAILABLE`.
    async fn request_login_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to.")] input: RequestLoginCodeInput,
    ) -> Result<RequestLoginCodePayload> {
        payload(async {
            let email = email("email", &input.email)?;
            let accounts = ctx.accounts();
            if !accounts.mail.can_send() {
                return Err(Error::Unavailable("this server sends no mail: log in with a password").into());
            }
            let code = random_code()?;
            let hash = accounts.hasher.hash(code.clone()).await?;
            let mut conn = ctx.writer().await?;
            let issue = db::login_codes::issue(&mut conn, email.as_str(), &hash).await?;
            let owner = db::Account::find_confirmed(&mut conn, email.as_str()).await?;
            let claim = db::Account::find_newest_claim(&mut conn, email.as_str(), None).await?;
            drop(conn);
            match issue {
                db::CodeIssue::Issued { expires_at, resend_after } => {
                    if owner.or(claim).is_some() {
                        accounts.mail.post(letter(email.as_str(), &code));
                    }
                    Ok(RequestLoginCodePayload::new(expires_at.into(), resend_after.into()))
                }
                db::CodeIssue::Throttled { until } => {
                    let message = "a code was sent a moment ago, or too many today";
                    Err(UserError::new(ErrorCode::CodeThrottled, "email", message).after(until - Utc::now()).into())
                }
            }
        })
        .await
    }

    /// Logs in with a code that was sent by mail. Thereby the address is confirmed: if the account only claimed it, its password and its
    /// other sessions end, since they may be a stranger's. A `handle` that does not claim the address is `NOT_FOUND`, and the code stays
    /// good.
    async fn log_in_with_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and the proof.")] input: LogInWithCodeInput,
    ) -> Result<AuthPayload> {
        let accounts = ctx.accounts();
        let work = async {
            let (email, code, handle, password, device) = all((
                email("email", &input.email),
                code("code", &input.code),
                optional(input.handle.as_deref(), |name| handle("handle", name)),
                optional(input.new_password.as_deref(), |password| new_password("newPassword", password)),
                device_name(input.device.as_deref()),
            ))?;
            let code_hash = accounts.check_code(ctx, email.as_str(), code).await?;
            let password_hash = match password {
                Some(password) => Some(accounts.hasher.hash(password).await?),
                None => None,
            };
            let (session, token) = new_session(device)?;
            let mut conn = ctx.writer().await?;
            let handle = handle.as_ref().map(Handle::as_str);
            let (email, password_hash) = (email.as_str(), password_hash.as_deref());
            let session = db::Account::log_in_with_code(&mut conn, email, handle, &code_hash, password_hash, &session)
                .await
                .on_constraint("sessions_user_exists", wrong_code())
                .on_missing("account of this address", "handle")?;
            drop(conn);
            Ok(accounts.admit(&session.ok_or_else(wrong_code)?, &token)?)
        };
        accounts.attempt(Way::Code, work.boxed()).await
    }

    /// Confirms that the viewer's address is theirs, with a code that was sent there: nobody else can have it any more.
    async fn confirm_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proof.")] input: ConfirmEmailInput,
    ) -> Result<ViewerPayload> {
        payload(async {
            let bearer = live(ctx).await?;
            let code = code("code", &input.code)?;
            let account = ctx.load(super::loader::AccountOf(bearer.user)).await?.ok_or_else(wrong_code)?;
            let code_hash = ctx.accounts().check_code(ctx, &account.email, code).await?;
            let message = "another account of yours has this address: log in to that one";
            let confirmed = account.confirm_email(&mut *ctx.writer().await?, &code_hash).await.on_constraint(
                "credentials_one_confirmed_per_email",
                UserError::without_field(ErrorCode::Conflict, message),
            )?;
            if !confirmed {
                return Err(wrong_code().into());
            }
            Ok(ViewerPayload::new(Viewer(bearer)))
        })
        .await
    }
}

impl Accounts {
    /// The hash of the newest code of an address, if this is the code.
    pub(super) async fn check_code(&self, ctx: &Context<'_>, email: &str, code: String) -> Result<String, Refusal> {
        let newest = db::login_codes::count_attempt(&mut *ctx.writer().await?, email).await?;
        let is_right = self.hasher.verify(code, newest.clone()).await?;
        newest.filter(|_| is_right).ok_or_else(|| wrong_code().into())
    }
}

pub(super) fn code(field: &str, code: &str) -> Parsed<String> {
    let code = code.trim();
    if code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(code.to_owned());
    }
    fault(field, format!("must be of {DIGITS} digits"))
}

pub(super) fn wrong_code() -> UserError {
    let message = "the code is wrong or no longer valid, or was tried too often: request another";
    UserError::new(ErrorCode::CodeInvalid, "code", message)
}

const DIGITS: usize = 6;

fn random_code() -> Result<String> {
    const CODES: u32 = 1_000_000;
    loop {
        let mut bytes = [0; 4];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::Internal("there is no randomness"))?;
        let number = u32::from_be_bytes(bytes);
        // The last numbers would favour some codes.
        if number < u32::MAX / CODES * CODES {
            return Ok(format!("{:0DIGITS$}", number % CODES));
        }
    }
}

fn letter(to: &str, code: &str) -> Mail {
    let body = format!(
        "Your code for Linli is\n\n    {code}\n\nIt is good for ten minutes. Tell it to nobody.\n\n\
         If you did not ask for it, somebody mistyped their address: you need not do anything.\n"
    );
    Mail { to: to.to_owned(), subject: "Your code for Linli".to_owned(), body }
}
