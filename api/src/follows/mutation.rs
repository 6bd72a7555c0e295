use async_graphql::{Context, ID, InputObject, Object};

use crate::Result;
use crate::context::ContextExt;
use crate::input::id;
use crate::payload::payload;
use crate::user_error::{ErrorCode, Explain, UserError};
use crate::users::{User, UserPayload};

/// Whether the viewer follows somebody.
#[derive(InputObject)]
struct SetFollowInput {
    /// The `id` of a `User`.
    user_id: ID,
    /// Whether the viewer follows them from now on.
    following: bool,
}

#[derive(Default)]
pub struct FollowMutation;

#[Object]
impl FollowMutation {
    /// Makes the viewer follow somebody, whose reviews are then in the viewer's feed, or no longer follow them. To do so twice does
    /// no harm.
    async fn set_follow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and whether.")] input: SetFollowInput,
    ) -> Result<UserPayload> {
        payload(async {
            let follower = ctx.user()?;
            let followee = id("userId", &input.user_id)?;
            let user = db::User::set_followed(&mut *ctx.writer().await?, followee, follower, input.following)
                .await
                .on_missing("user", "userId")
                .on_constraint("follows_followee_exists", UserError::not_found("userId", "user"))
                .on_constraint(
                    "follows_not_oneself",
                    UserError::new(ErrorCode::Conflict, "userId", "nobody can follow themselves"),
                )?;
            // If Redis does not hear of it now, it does from a worker.
            ctx.memory().forget_feed(follower).await.ok();
            Ok(UserPayload::new(User(user)))
        })
        .await
    }
}
