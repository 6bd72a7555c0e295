//! What people complain of, and what moderators do about it.

mod mutation;
mod query;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use crate::comments::SeenComment;
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::likes::Likeable;
use crate::page::Edge;
use crate::reviews::SeenReview;
use crate::scalars::DateTime;
use crate::users::User;
use crate::{Result, global_id};

pub use mutation::{ModeratePayload, ModerationMutation, ReportPayload};
pub use query::ModerationQuery;

pub struct Report(db::Report);

/// A complaint about what somebody wrote.
#[Object]
impl Report {
    /// Opaque and globally unique, to tell reports apart and to mention one. Not good for `node(id:)`: reports are settled by
    /// `moderate`, with the `id` of their subject.
    async fn id(&self) -> ID {
        global_id::encode(self.0.id)
    }

    /// What it is about: a review or a comment, whatever its `state`; null if it has been deleted.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Likeable>> {
        let viewer = ctx.user()?;
        Ok(match self.0.subject() {
            None => None,
            Some(db::LikeSubject::Review(review)) => {
                ctx.load(SeenReview { viewer, review }).await?.map(db::Liked::Review).map(Likeable::from)
            }
            Some(db::LikeSubject::Comment(comment)) => {
                ctx.load(SeenComment { viewer, comment }).await?.map(db::Liked::Comment).map(Likeable::from)
            }
        })
    }

    /// Who complains; null once they have deleted their account.
    async fn reporter(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.reporter_id {
            None => Ok(None),
            Some(reporter) => User::of(ctx, reporter).await.map(Some),
        }
    }

    /// What is wrong with it.
    async fn reason(&self) -> ReportReason {
        self.0.reason.into()
    }

    /// What the reporter says about it.
    async fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// When it was first reported.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// What can be wrong with what somebody wrote.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "db::ReportReason")]
pub(crate) enum ReportReason {
    /// It advertises something else.
    Spam,
    /// It insults, threatens or incites.
    Abuse,
    /// Its author was never there, or was paid for it.
    Fake,
    /// It tells what is nobody's business.
    Privacy,
    /// Something else, which `detail` tells.
    Other,
}

/// A report in a list.
#[derive(SimpleObject)]
pub struct ReportEdge {
    /// Where the item is in the list.
    cursor: Cursor,
    /// The report itself.
    node: Report,
}

impl ReportEdge {
    fn new(report: db::Report) -> Self {
        Self { cursor: Cursor::new(List::OPEN_REPORTS, &report.id), node: Report(report) }
    }
}

impl Edge for ReportEdge {
    const CONNECTION: &'static str = "ReportConnection";

    fn cursor(&self) -> &Cursor {
        &self.cursor
    }
}
