//! Who follows whom.

mod loader;
mod mutation;

use async_graphql::Context;

use crate::Result;
use crate::context::ContextExt;
use crate::cursor::{Cursor, List};
use crate::page::{Connection, Total, page};
use crate::users::{User, UserEdge};

pub use loader::{FollowsOf, FollowsViewer, MutualCount, Relation, ViewerFollows};
pub use mutation::FollowMutation;

pub type FollowConnection = Connection<UserEdge>;

pub async fn follow_connection(
    ctx: &Context<'_>,
    user: db::UserId,
    relation: Relation,
    first: i32,
    after: Option<Cursor>,
    total: Total,
) -> Result<FollowConnection> {
    let list = match relation {
        Relation::Followers => List::FOLLOWERS,
        Relation::Following => List::FOLLOWING,
        Relation::Mutual { .. } => List::MUTUAL_FOLLOWS,
    };
    let page = page(first, after.as_ref(), list)?;
    let slice = ctx.load(FollowsOf { user, relation, page }).await?.unwrap_or_default();
    Ok(Connection::new(&page, slice, total, |followed| UserEdge {
        cursor: Cursor::new(list, &followed.id),
        followed_at: followed.since().map(Into::into),
        node: User(followed.user),
    }))
}
