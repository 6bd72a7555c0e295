//! Assembles the domains into one schema, which is published as `schema.graphql`.

use async_graphql::{EmptyMutation, EmptySubscription, MergedObject};

use crate::categories::CategoryQuery;
use crate::feeds::FeedQuery;
use crate::likes::Likeable;
use crate::node::NodeQuery;
use crate::shops::ShopQuery;
use crate::users::UserQuery;

/// What can be read. Lists are pages by cursor; what belongs to the viewer wants an access token.
#[derive(MergedObject, Default)]
pub struct Query(NodeQuery, UserQuery, ShopQuery, CategoryQuery, FeedQuery);

pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// Deep enough for the introspection that GraphiQL sends.
const MAX_DEPTH: usize = 20;

pub fn build() -> Schema {
    Schema::build(Query::default(), EmptyMutation, EmptySubscription)
        .register_output_type::<Likeable>()
        .limit_depth(MAX_DEPTH)
        .finish()
}

/// The contract as it is published, in the schema definition language.
pub fn sdl() -> String {
    build().sdl()
}
