use async_graphql::{Context, ID, InputObject, Object};

use super::CommentEdge;
use crate::Result;
use crate::context::ContextExt;
use crate::input::{Length, Parsed, all, id, idempotency, optional, prose};
use crate::payload::{payload, payloads};
use crate::reviews::DeletePayload;
use crate::user_error::{ErrorCode, Explain, UserError};

payloads! {
    /// What became of a comment.
    CommentPayload {
        /// The comment, with its place among the comments of the review, or among the replies to `parent`.
        edge: CommentEdge,
    }
}

/// A comment to be published.
#[derive(InputObject)]
struct AddCommentInput {
    /// The `id` of the `Review` it is about.
    review_id: ID,
    /// The `id` of the `Comment` that it answers, which may be a reply itself; null for a comment on the review.
    parent_id: Option<ID>,
    /// At most 2,000 characters, as plain text with line breaks.
    body: String,
    /// A key of your own for this intent, such as a UUID: if you send the same input with it again within 24 hours, you get the same
    /// comment again instead of another one.
    idempotency_key: Option<String>,
}

/// A comment to be deleted.
#[derive(InputObject)]
struct DeleteCommentInput {
    /// The `id` of the `Comment`.
    comment_id: ID,
}

const BODY: Length = Length::up_to(2_000, 8_000);

#[derive(Default)]
pub struct CommentMutation;

#[Object]
impl CommentMutation {
    /// Comments on a review, or replies to a comment.
    async fn add_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The comment.")] input: AddCommentInput,
    ) -> Result<CommentPayload> {
        payload(async {
            let comment = input.parse(ctx.user()?)?;
            let comment = comment
                .insert(&mut *ctx.writer().await?)
                .await
                .on_missing("review", "reviewId")
                .on_missing("parent comment", "parentId")
                .on_missing("comment", "idempotencyKey")
                .on_constraint(
                    "comments_reply_to_exists",
                    UserError::new(ErrorCode::Conflict, "parentId", "its author leaves at this moment: try again"),
                )?;
            Ok(CommentPayload::new(CommentEdge::added(comment)))
        })
        .await
    }

    /// Deletes the viewer's comment, with all replies to it.
    async fn delete_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DeleteCommentInput,
    ) -> Result<DeletePayload> {
        payload(async {
            let author = ctx.user()?;
            let comment = id("commentId", &input.comment_id)?;
            db::Comment::delete(&mut *ctx.writer().await?, comment, author)
                .await
                .on_missing("comment", "commentId")
                .on_missing("review", "commentId")
                .on_forbidden(UserError::forbidden("commentId", "only its author may delete a comment"))?;
            Ok(DeletePayload::new(input.comment_id))
        })
        .await
    }
}

impl AddCommentInput {
    fn parse(self, author_id: db::UserId) -> Parsed<db::NewComment> {
        let (review_id, answered, body, idempotency) = all((
            id("reviewId", &self.review_id),
            optional(self.parent_id.as_ref(), |parent| id("parentId", parent)),
            prose("body", &self.body, BODY),
            idempotency(self.idempotency_key.as_deref(), "addComment", &self),
        ))?;
        Ok(db::NewComment { review_id, author_id, answered, body, idempotency })
    }
}
