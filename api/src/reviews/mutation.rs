use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::Review;
use crate::Result;
use crate::context::ContextExt;
use crate::input::{
    Length, Parsed, all, fault, id, idempotency, line, optional, optional_text, prose, stars, text_change,
};
use crate::payload::{payload, payloads};
use crate::user_error::{ErrorCode, Explain, UserError};

payloads! {
    /// What became of a review.
    ReviewPayload {
        /// The review as it is now.
        review: Review,
    }

    /// What became of something to be deleted.
    DeletePayload {
        /// The id of what is no longer there.
        id: ID,
    }
}

/// A review to be published.
#[derive(InputObject)]
struct CreateReviewInput {
    /// The `id` of the `Shop` it is about.
    shop_id: ID,
    /// Stars, from 1, never again, to 5, every week.
    rating: i32,
    /// A headline of one line and at most 100 characters; null or an empty text for none.
    title: Option<String>,
    /// What the viewer says, of at most 5,000 characters, as plain text with line breaks.
    body: String,
    /// A key of your own for this intent, such as a UUID: if you send the same input with it again within 24 hours, you get the same
    /// review again instead of an error.
    idempotency_key: Option<String>,
}

/// Changes of a review. What is left out stays as it is.
#[derive(InputObject)]
struct UpdateReviewInput {
    /// The `id` of the `Review`.
    review_id: ID,
    /// The `version` of the review that the viewer has seen.
    version: i32,
    /// Stars, from 1 to 5. Every review has some: null leaves them as they are.
    rating: Option<i32>,
    /// A headline of one line and at most 100 characters; null or an empty text takes it away.
    title: MaybeUndefined<String>,
    /// At most 5,000 characters, as plain text with line breaks. Every review has one: null leaves it as it is.
    body: Option<String>,
}

/// A review to be deleted.
#[derive(InputObject)]
struct DeleteReviewInput {
    /// The `id` of the `Review`.
    review_id: ID,
}

/// An answer to a review.
#[derive(InputObject)]
struct ReplyAsMerchantInput {
    /// The `id` of the `Review` of a shop that the viewer owns.
    review_id: ID,
    /// At most 2,000 characters, as plain text with line breaks. It replaces what was answered before; null takes that back.
    body: Option<String>,
}

const TITLE: Length = Length::up_to(100, 400);
const BODY: Length = Length::up_to(5_000, 20_000);
const REPLY: Length = Length::up_to(2_000, 8_000);

#[derive(Default)]
pub struct ReviewMutation;

#[Object]
impl ReviewMutation {
    /// Publishes the viewer's review of a shop. Each person has one per shop: a second one is a `CONFLICT`. Nobody reviews a shop they
    /// own (`FORBIDDEN`).
    async fn create_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The review.")] input: CreateReviewInput,
    ) -> Result<ReviewPayload> {
        payload(async {
            let review = input.parse(ctx.user()?)?;
            let review = review
                .insert(&mut *ctx.writer().await?)
                .await
                .on_constraint(
                    "reviews_one_per_author",
                    UserError::new(
                        ErrorCode::Conflict,
                        "shopId",
                        "the viewer has reviewed this shop: update that review",
                    ),
                )
                .on_constraint("reviews_shop_exists", UserError::not_found("shopId", "shop"))
                .on_missing("shop", "shopId")
                .on_forbidden(UserError::forbidden("shopId", "nobody reviews a shop they own"))
                .on_missing("review", "idempotencyKey")?;
            Ok(ReviewPayload::new(Review(review)))
        })
        .await
    }

    /// Edits the viewer's review, unless it was edited since the viewer loaded it (`STALE_VERSION`). What is the same as before is no
    /// edit: the review keeps its `version` and `editedAt` then.
    async fn update_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to become of it.")] input: UpdateReviewInput,
    ) -> Result<ReviewPayload> {
        payload(async {
            let changes = input.parse(ctx.user()?)?;
            let review = changes
                .update(&mut *ctx.writer().await?)
                .await
                .on_missing("review", "reviewId")
                .on_forbidden(UserError::forbidden("reviewId", "only its author may edit a review"))
                .on_stale()?;
            Ok(ReviewPayload::new(Review(review)))
        })
        .await
    }

    /// Deletes the viewer's review, with all that hangs on it. What a moderator has hidden stays (`FORBIDDEN`), so that nobody
    /// publishes it again.
    async fn delete_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DeleteReviewInput,
    ) -> Result<DeletePayload> {
        payload(async {
            let author = ctx.user()?;
            let review = id("reviewId", &input.review_id)?;
            db::Review::delete(&mut *ctx.writer().await?, review, author)
                .await
                .on_missing("review", "reviewId")
                .on_forbidden(UserError::forbidden(
                    "reviewId",
                    "only its author may delete a review, and only while it is not hidden",
                ))?;
            Ok(DeletePayload::new(input.review_id))
        })
        .await
    }

    /// Answers a review of a shop that the viewer owns. There is one answer to each review.
    async fn reply_as_merchant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The answer.")] input: ReplyAsMerchantInput,
    ) -> Result<ReviewPayload> {
        payload(async {
            let merchant = ctx.user()?;
            let (review, reply) = all((
                id("reviewId", &input.review_id),
                optional(input.body.as_deref(), |body| prose("body", body, REPLY)),
            ))?;
            let review = db::Review::reply(&mut *ctx.writer().await?, review, merchant, reply.as_deref())
                .await
                .on_missing("review", "reviewId")
                .on_forbidden(UserError::forbidden("reviewId", "only the owner of the shop may answer a review"))?;
            Ok(ReviewPayload::new(Review(review)))
        })
        .await
    }
}

impl CreateReviewInput {
    fn parse(self, author_id: db::UserId) -> Parsed<db::NewReview> {
        let (shop_id, rating, title, body, idempotency) = all((
            id("shopId", &self.shop_id),
            stars("rating", self.rating),
            optional_text(self.title.as_deref(), |title| line("title", title, TITLE)),
            prose("body", &self.body, BODY),
            idempotency(self.idempotency_key.as_deref(), "createReview", &self),
        ))?;
        Ok(db::NewReview { shop_id, author_id, rating, title, body, idempotency })
    }
}

impl UpdateReviewInput {
    fn parse(self, author_id: db::UserId) -> Parsed<db::ReviewChanges> {
        let (id, rating, title, body) = all((
            id("reviewId", &self.review_id),
            optional(self.rating, |rating| stars("rating", rating)),
            text_change(self.title, |title| line("title", &title, TITLE)),
            optional(self.body.as_deref(), |body| prose("body", body, BODY)),
        ))?;
        if rating.is_none() && title.is_none() && body.is_none() {
            return fault("rating", "or `title` or `body` must be given: there is nothing to change");
        }
        Ok(db::ReviewChanges { id, version: self.version, author_id, rating, title, body })
    }
}
