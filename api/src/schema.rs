//! Assembles the domains into one schema, which is published as `schema.graphql`.

use async_graphql::{Interface, MergedObject, MergedSubscription, SchemaBuilder};

use crate::accounts::{
    AuthPayload, CodeMutation, DeletionMutation, EntryMutation, RequestLoginCodePayload, RevokeSessionPayload,
    SessionMutation, ViewerPayload,
};
use crate::categories::CategoryQuery;
use crate::check_ins::{CheckInMutation, CheckInPayload};
use crate::comments::{CommentMutation, CommentPayload, CommentSubscription};
use crate::feeds::FeedQuery;
use crate::follows::FollowMutation;
use crate::likes::{LikeMutation, LikePayload, Likeable};
use crate::moderation::{ModeratePayload, ModerationMutation, ModerationQuery, ReportPayload};
use crate::node::NodeQuery;
use crate::notifications::{
    NotificationMutation, NotificationSubscription, NotificationsReadPayload, SetNotificationMutedPayload,
};
use crate::reviews::{DeletePayload, ReviewMutation, ReviewPayload, ReviewSubscription};
use crate::shops::{ShopMutation, ShopPayload, ShopQuery};
use crate::user_error::UserError;
use crate::users::{ProfileMutation, UserPayload, UserQuery};

/// What can be read. Lists are pages by cursor; what belongs to the viewer wants an access token.
#[derive(MergedObject, Default)]
pub struct Query(NodeQuery, UserQuery, ShopQuery, CategoryQuery, FeedQuery, ModerationQuery);

/// What can be written. Each mutation takes one `input`, does all of it or nothing, and tells in `userErrors` why it did nothing.
/// They want an access token, but for those that give one.
#[derive(MergedObject, Default)]
pub struct Mutation(
    EntryMutation,
    CodeMutation,
    SessionMutation,
    DeletionMutation,
    ProfileMutation,
    FollowMutation,
    ShopMutation,
    ReviewMutation,
    CommentMutation,
    LikeMutation,
    CheckInMutation,
    NotificationMutation,
    ModerationMutation,
);

/// What can be followed, from then on until you stop it or your access token expires.
///
/// Over a socket at `/graphql/ws`, by the sub-protocol `graphql-transport-ws` (token: `authorization` in the payload of `connection_init`),
/// or as server-sent events from `/graphql/stream`. A subscription selects one field. If the server completes it, something went wrong:
/// read what you may have missed, and subscribe anew.
#[derive(MergedSubscription, Default)]
pub struct Subscription(NotificationSubscription, ReviewSubscription, CommentSubscription);

/// What a mutation returns: its result, which is null if there are `userErrors`.
#[derive(Interface)]
#[graphql(field(name = "user_errors", ty = "&Vec<UserError>", desc = "Why nothing was done; empty if it was."))]
#[expect(clippy::large_enum_variant, reason = "only its type is used, to declare the interface")]
enum Payload {
    Auth(AuthPayload),
    CheckIn(CheckInPayload),
    Comment(CommentPayload),
    Delete(DeletePayload),
    Like(LikePayload),
    Moderate(ModeratePayload),
    NotificationsRead(NotificationsReadPayload),
    Report(ReportPayload),
    RequestLoginCode(RequestLoginCodePayload),
    Review(ReviewPayload),
    RevokeSession(RevokeSessionPayload),
    SetNotificationMuted(SetNotificationMutedPayload),
    Shop(ShopPayload),
    User(UserPayload),
    Viewer(ViewerPayload),
}

pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Deep enough for the introspection that GraphiQL sends.
const MAX_DEPTH: usize = 20;

pub fn build() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<Likeable>()
        .register_output_type::<Payload>()
        .limit_depth(MAX_DEPTH)
}

/// The contract as it is published, in the schema definition language.
pub fn sdl() -> String {
    build().finish().sdl()
}
