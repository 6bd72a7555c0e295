//! Who likes what.

mod loader;
mod mutation;

use async_graphql::{Context, ID, Interface};

use crate::Result;
use crate::comments::Comment;
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::page::{Connection, Total, page};
use crate::reviews::Review;
use crate::users::{User, UserEdge};

pub use loader::{LikersOf, ViewerLikes};
pub use mutation::{LikeMutation, LikePayload};

/// What can be liked.
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Opaque and globally unique; good for `node(id:)`."),
    field(name = "like_count", ty = "i32", desc = "How many people like it."),
    field(name = "viewer_has_liked", ty = "bool", desc = "Whether the viewer likes it; false without a viewer."),
    field(
        name = "likers",
        ty = "Connection<UserEdge>",
        desc = "Who likes it, newest like first.",
        arg(name = "first", ty = "i32", default = 5, desc = "How many at the most, from 1 to 100."),
        arg(name = "after", ty = "Option<Cursor>", desc = "Only those behind this cursor.")
    )
)]
pub enum Likeable {
    Review(Review),
    Comment(Comment),
}

pub async fn viewer_has_liked(ctx: &Context<'_>, subject: db::LikeSubject) -> Result<bool> {
    let Some(viewer) = ctx.viewer() else { return Ok(false) };
    Ok(ctx.load(ViewerLikes { viewer, subject }).await?.is_some())
}

pub async fn likers(
    ctx: &Context<'_>,
    subject: db::LikeSubject,
    count: i32,
    first: i32,
    after: Option<Cursor>,
) -> Result<Connection<UserEdge>> {
    let page = page(first, after.as_ref(), List::LIKERS)?;
    let slice = ctx.load(LikersOf { subject, page }).await?.unwrap_or_default();
    Ok(Connection::new(&page, slice, Total::Known(count.into()), |liker| UserEdge {
        cursor: Cursor::new(List::LIKERS, &liker.id),
        node: User(liker.user),
        followed_at: None,
    }))
}
