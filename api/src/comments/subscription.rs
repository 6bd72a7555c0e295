use async_graphql::{Context, ID, Subscription};
use futures_util::{Stream, StreamExt};

use super::CommentEdge;
use super::loader::CommentsSince;
use crate::context::ContextExt;
use crate::live::{News, follow};
use crate::{Error, Result, global_id};

#[derive(Default)]
pub struct CommentSubscription;

#[Subscription]
impl CommentSubscription {
    /// Tells of each new comment on a review, with its place among the `comments` of the review, and of each new reply, with its place
    /// among the `replies` to its `parent`.
    async fn comment_added<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
        #[graphql(desc = "The `id` of a `Review`.")] review_id: ID,
    ) -> Result<impl Stream<Item = Result<CommentEdge>> + use<'ctx>> {
        let review: db::ReviewId = global_id::decode("reviewId", &review_id)?;
        let news = follow(ctx, CommentsOfReview(review)).await?;
        if Box::pin(ctx.load(review)).await?.is_none() {
            return Err(Error::BadInput {
                field: "reviewId",
                reason: "is not the id of a review that there is".into(),
            });
        }
        Ok(news.map(|comment| Ok(CommentEdge::added(comment?))))
    }
}

struct CommentsOfReview(db::ReviewId);

impl News for CommentsOfReview {
    type Id = db::CommentId;
    type One = db::CommentId;
    type Since = CommentsSince;

    fn topic(&self) -> db::Topic {
        db::Topic::CommentsOf(self.0)
    }

    fn id(comment: &db::Comment) -> db::CommentId {
        comment.id
    }

    fn one(&self, id: db::CommentId) -> db::CommentId {
        id
    }

    fn since(&self, after: db::CommentId) -> CommentsSince {
        CommentsSince { review: self.0, after }
    }
}
