//! Refetching anything by its global id.

use async_graphql::{Context, ID, Interface, Object};
use futures_util::future::try_join_all;

use crate::accounts::{OwnSession, Session};
use crate::categories::Category;
use crate::comments::{Comment, SeenComment};
use crate::context::ContextExt;
use crate::global_id::{self, GlobalId};
use crate::notifications::{Notification, OwnNotification};
use crate::reviews::{Review, SeenReview};
use crate::shops::Shop;
use crate::users::User;
use crate::{Error, Result};

/// Whatever has an id of its own, by the
/// [Relay specification](https://relay.dev/graphql/objectidentification.htm).
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque and globally unique; good for `node(id:)`."))]
#[expect(clippy::large_enum_variant, reason = "moved once, into the response")]
pub enum Node {
    Category(Category),
    Comment(Comment),
    Notification(Notification),
    Review(Review),
    Session(Session),
    Shop(Shop),
    User(User),
}

#[derive(Default)]
pub struct NodeQuery;

const MAX_NODES: usize = 100;

#[Object]
impl NodeQuery {
    /// Anything by its id; null if there is nothing of this id.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The `id` of any `Node`.")] id: ID,
    ) -> Result<Option<Node>> {
        find(ctx, "id", &id).await
    }

    /// Many things by their ids, in the same order; null where there is nothing of an id.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The `id`s of any `Node`s, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_NODES {
            let reason = format!("must have at most {MAX_NODES} items, but has {}", ids.len());
            return Err(Error::BadInput { field: "ids", reason });
        }
        try_join_all(ids.iter().map(|id| find(ctx, "ids", id))).await
    }
}

async fn find(ctx: &Context<'_>, field: &'static str, id: &ID) -> Result<Option<Node>> {
    let (letter, bytes) = global_id::split(field, id)?;
    Ok(match letter {
        db::CategoryId::LETTER => ctx.load(db::CategoryId::from_bytes(bytes)).await?.map(Category).map(Node::from),
        db::CommentId::LETTER => comment(ctx, db::CommentId::from_bytes(bytes)).await?.map(Comment).map(Node::from),
        db::NotificationId::LETTER => notification(ctx, db::NotificationId::from_bytes(bytes)).await?.map(Node::from),
        db::ReviewId::LETTER => review(ctx, db::ReviewId::from_bytes(bytes)).await?.map(Review).map(Node::from),
        db::SessionId::LETTER => session(ctx, db::SessionId::from_bytes(bytes)).await?.map(Node::from),
        db::ShopId::LETTER => ctx.load(db::ShopId::from_bytes(bytes)).await?.map(Shop).map(Node::from),
        db::UserId::LETTER => ctx.load(db::UserId::from_bytes(bytes)).await?.map(User).map(Node::from),
        _ => return Err(Error::BadInput { field, reason: "is not an id of this API".into() }),
    })
}

/// A comment that everybody can see, or the viewer at least.
async fn comment(ctx: &Context<'_>, comment: db::CommentId) -> Result<Option<db::Comment>> {
    match (ctx.load(comment).await?, ctx.viewer()) {
        (None, Some(viewer)) => ctx.load(SeenComment { viewer, comment }).await,
        (found, _) => Ok(found),
    }
}

/// A review that everybody can see, or the viewer at least.
async fn review(ctx: &Context<'_>, review: db::ReviewId) -> Result<Option<db::Review>> {
    match (ctx.load(review).await?, ctx.viewer()) {
        (None, Some(viewer)) => ctx.load(SeenReview { viewer, review }).await,
        (found, _) => Ok(found),
    }
}

async fn notification(ctx: &Context<'_>, notification: db::NotificationId) -> Result<Option<Notification>> {
    let Some(viewer) = ctx.viewer() else { return Ok(None) };
    Ok(ctx.load(OwnNotification { viewer, notification }).await?.map(Notification))
}

async fn session(ctx: &Context<'_>, session: db::SessionId) -> Result<Option<Session>> {
    let Some(viewer) = ctx.viewer() else { return Ok(None) };
    let own = ctx.load(OwnSession { viewer, session }).await?;
    Ok(own.map(|own| Session::new(own, ctx.session())))
}
