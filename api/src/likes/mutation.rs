use async_graphql::{Context, ID, InputObject, Object};

use super::Likeable;
use crate::Result;
use crate::comments::Comment;
use crate::context::ContextExt;
use crate::input::subject;
use crate::payload::{payload, payloads};
use crate::reviews::Review;
use crate::user_error::Explain;

payloads! {
    /// What became of a like.
    LikePayload {
        /// What is liked, or no longer is, as it is now.
        subject: Likeable,
    }
}

/// Whether the viewer likes something.
#[derive(InputObject)]
struct SetLikeInput {
    /// The `id` of a `Review` or a `Comment`.
    subject_id: ID,
    /// Whether the viewer likes it from now on.
    liked: bool,
}

#[derive(Default)]
pub struct LikeMutation;

#[Object]
impl LikeMutation {
    /// Makes the viewer like a review or a comment, or no longer like it. To do so twice does no harm.
    async fn set_like(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and whether.")] input: SetLikeInput,
    ) -> Result<LikePayload> {
        payload(async {
            let user = ctx.user()?;
            let liked = subject("subjectId", &input.subject_id)?
                .set_liked(&mut *ctx.writer().await?, user, input.liked)
                .await
                .on_missing("review", "subjectId")
                .on_missing("comment", "subjectId")?;
            Ok(LikePayload::new(liked.into()))
        })
        .await
    }
}

impl From<db::Liked> for Likeable {
    fn from(liked: db::Liked) -> Self {
        match liked {
            db::Liked::Review(review) => Review(review).into(),
            db::Liked::Comment(comment) => Comment(comment).into(),
        }
    }
}
