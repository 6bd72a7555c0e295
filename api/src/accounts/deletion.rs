use async_graphql::{Context, InputObject, Object};

use super::codes::{code, wrong_code};
use super::live;
use super::loader::AccountOf;
use crate::context::ContextExt;
use crate::input::{fault, password};
use crate::payload::payload;
use crate::reviews::DeletePayload;
use crate::user_error::{ErrorCode, Refusal, UserError};
use crate::{Result, global_id};

/// The proof that it is the viewer who wants to leave, and nobody who found their telephone: one of the two.
#[derive(InputObject)]
struct DeleteAccountInput {
    /// The viewer's password, if they have one (`Viewer.hasPassword`).
    password: Option<String>,
    /// The six digits of the mail that `requestLoginCode` had sent to the viewer's address.
    code: Option<String>,
}

#[derive(Default)]
pub struct DeletionMutation;

#[Object]
impl DeletionMutation {
    /// Deletes the viewer's account at once and for good: profile, sessions, reviews, likes, follows, check-ins. What the viewer said in
    /// comments stays, without their name; shops they own stay, without an owner. See `Viewer.export` for a copy to take along.
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proof.")] input: DeleteAccountInput,
    ) -> Result<DeletePayload> {
        payload(async {
            let viewer = live(ctx).await?.user;
            let code = prove(ctx, viewer, input).await?;
            let code = code.as_ref().map(|(email, hash)| (email.as_str(), hash.as_str()));
            if !db::Account::delete(&mut *ctx.writer().await?, viewer, code).await? {
                return Err(wrong_code().into());
            }
            Ok(DeletePayload::new(global_id::encode(viewer)))
        })
        .await
    }
}

/// The address and the hash of the code, if that is the proof.
async fn prove(
    ctx: &Context<'_>,
    viewer: db::UserId,
    input: DeleteAccountInput,
) -> Result<Option<(String, String)>, Refusal> {
    let accounts = ctx.accounts();
    let account = ctx.load(AccountOf(viewer)).await?;
    match (input.password, input.code) {
        (Some(given), None) => {
            let given = password("password", &given)?;
            let hash = account.and_then(|account| account.password_hash);
            if accounts.hasher.verify(given, hash).await? { Ok(None) } else { Err(wrong_password().into()) }
        }
        (None, Some(given)) => {
            let given = code("code", &given)?;
            let account = account.ok_or_else(wrong_code)?;
            let hash = accounts.check_code(ctx, &account.email, given).await?;
            Ok(Some((account.email, hash)))
        }
        _ => fault("password", "or `code` must be given, and not both")?,
    }
}

fn wrong_password() -> UserError {
    UserError::new(ErrorCode::CredentialsInvalid, "password", "`password` is not the viewer's password")
}
