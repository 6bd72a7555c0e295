use async_graphql::{Context, Enum, ID, InputObject, Object};

use super::ReportReason;
use crate::context::ContextExt;
use crate::input::{Length, Parsed, all, fault, optional, prose, subject};
use crate::likes::Likeable;
use crate::payload::{payload, payloads};
use crate::user_error::{ErrorCode, Explain, UserError};
use crate::{Result, global_id};

payloads! {
    /// What became of a report.
    ReportPayload {
        /// The `id` of the `Report`, to mention to a moderator. Reporters can look nothing up by it; another report of the same thing has
        /// the same.
        id: ID,
    }

    /// What became of something that a moderator looked at.
    ModeratePayload {
        /// The review or the comment as it is now.
        subject: Likeable,
    }
}

/// A complaint.
#[derive(InputObject)]
struct ReportInput {
    /// The `id` of a `Review` or a `Comment`.
    subject_id: ID,
    /// What is wrong with it.
    reason: ReportReason,
    /// What a moderator should know, of at most 1,000 characters. Must be given if the reason is `OTHER`.
    detail: Option<String>,
}

/// What a moderator decides.
#[derive(InputObject)]
struct ModerateInput {
    /// The `id` of a `Review` or a `Comment`.
    subject_id: ID,
    /// Who is to see it from now on.
    state: ModeratedState,
}

/// Who can see what a moderator looked at.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum ModeratedState {
    /// Everybody.
    Visible,
    /// Only its author.
    Hidden,
}

const DETAIL: Length = Length::up_to(1_000, 4_000);

#[derive(Default)]
pub struct ModerationMutation;

#[Object]
impl ModerationMutation {
    /// Complains to the moderators about what somebody wrote. Each person has one report of each thing: another one replaces it.
    async fn report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The complaint.")] input: ReportInput,
    ) -> Result<ReportPayload> {
        payload(async {
            let report = input.parse(ctx.user()?)?;
            let id = report
                .upsert(&mut *ctx.writer().await?)
                .await
                .on_missing("review", "subjectId")
                .on_missing("comment", "subjectId")
                .on_constraint("reports_review_exists", UserError::not_found("subjectId", "review"))
                .on_constraint("reports_comment_exists", UserError::not_found("subjectId", "comment"))?;
            Ok(ReportPayload::new(global_id::encode(id)))
        })
        .await
    }

    /// Hides what somebody wrote, or leaves it or makes it visible. All that was reported of it is thereby settled. For moderators.
    async fn moderate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: ModerateInput,
    ) -> Result<ModeratePayload> {
        payload(async {
            let moderator = ctx.user()?;
            let content = subject("subjectId", &input.subject_id)?
                .moderate(&mut *ctx.writer().await?, moderator, input.state.into())
                .await
                .on_missing("review", "subjectId")
                .on_missing("comment", "subjectId")
                .on_forbidden(UserError::without_field(ErrorCode::Forbidden, "this is for moderators"))?;
            Ok(ModeratePayload::new(content.into()))
        })
        .await
    }
}

impl ReportInput {
    fn parse(self, reporter_id: db::UserId) -> Parsed<db::NewReport> {
        let detail = match (&self.detail, self.reason) {
            (None, ReportReason::Other) => fault("detail", "must say what is wrong, if the reason is `OTHER`"),
            (detail, _) => optional(detail.as_deref(), |detail| prose("detail", detail, DETAIL)),
        };
        let (subject, detail) = all((subject("subjectId", &self.subject_id), detail))?;
        Ok(db::NewReport { reporter_id, subject, reason: self.reason.into(), detail })
    }
}

impl From<ModeratedState> for db::ContentState {
    fn from(state: ModeratedState) -> Self {
        match state {
            ModeratedState::Visible => Self::Visible,
            ModeratedState::Hidden => Self::Hidden,
        }
    }
}
