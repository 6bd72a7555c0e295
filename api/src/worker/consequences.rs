use db::{Announced, Change, Event, Group, LikeSubject, Notification, Topic};
use futures_util::future::join_all;

/// Does what follows from an event, which may be done more than once.
///
/// Who listens is woken last: what they are to find is there by then.
pub(super) async fn of(event: Event, postgres: &db::Postgres, memory: &db::Memory) -> db::Result<()> {
    // Whoever wrote may have died before they could, or had no way to.
    memory.rows.forget(&event.rows(), None).await;
    let mut conn = postgres.conn().await?;
    let conn = &mut *conn;
    match event {
        Event::ReviewCreated { review, shop, author } => {
            let told = Notification::announce(conn, review, author, None).await?;
            memory.broadcast.wake(Topic::ReviewsOf(shop), review.into()).await;
            publish(conn, memory, review, author, None, told).await?;
        }
        Event::ReviewAnnounced { review, author, after } => {
            let told = Notification::announce(conn, review, author, Some(after)).await?;
            publish(conn, memory, review, author, Some(after), told).await?;
        }
        Event::PushOwed { review, author, after } => {
            let followers = db::Notification::audience(conn, author, after).await?;
            push(conn, memory, review, author, &followers).await?;
        }
        Event::MerchantReplied { review, .. } => {
            wake(memory, Group::MerchantReplyTo(review).tell(conn, Change::Added).await?).await;
        }
        Event::MerchantReplyWithdrawn { review, .. } => {
            wake(memory, Group::MerchantReplyTo(review).tell(conn, Change::Removed).await?).await;
        }
        Event::CommentAdded { comment, review, .. } => {
            let on_review = Group::CommentsOn(review).tell(conn, Change::Added).await?;
            let in_thread = match db::Comment::answered(conn, comment).await? {
                Some((thread, recipient)) => {
                    Group::RepliesTo { recipient, thread, review }.tell(conn, Change::Added).await?
                }
                None => None,
            };
            memory.broadcast.wake(Topic::CommentsOf(review), comment.into()).await;
            wake(memory, on_review.into_iter().chain(in_thread)).await;
        }
        Event::CommentDeleted { comment, review, parent } => {
            Notification::forget_comment(conn, comment).await?;
            wake(memory, without_comment(conn, review, parent).await?).await;
        }
        Event::Liked { subject, .. } => wake(memory, Group::LikesOf(subject).tell(conn, Change::Added).await?).await,
        Event::Unliked { subject, .. } => {
            wake(memory, Group::LikesOf(subject).tell(conn, Change::Removed).await?).await;
        }
        Event::UserFollowed { follower, followee, follow } => {
            wake(memory, Group::FollowersWith { followee, follow }.tell(conn, Change::Added).await?).await;
            forget_feed(conn, memory, follower).await?;
        }
        Event::UserUnfollowed { follower, followee, follow } => {
            wake(memory, Group::FollowersWith { followee, follow }.tell(conn, Change::Removed).await?).await;
            forget_feed(conn, memory, follower).await?;
        }
        Event::ContentModerated { subject: LikeSubject::Comment(comment), .. } => {
            if let Some((review, parent)) = db::Comment::place(conn, comment).await? {
                wake(memory, without_comment(conn, review, parent).await?).await;
            }
        }
        Event::ContentModerated { subject: LikeSubject::Review(review), .. } => {
            Notification::forget_hidden(conn, review).await?;
        }
        Event::AccountDeleted { user } => forget_feed(conn, memory, user).await?,
        Event::FeedOwed { reader } => memory.forget_feed(reader).await?,
        // Nobody has to be told.
        Event::UserSignedUp { .. }
        | Event::ProfileUpdated { .. }
        | Event::ShopCreated { .. }
        | Event::ShopUpdated { .. }
        | Event::ReviewUpdated { .. }
        | Event::ReviewDeleted { .. }
        | Event::CheckedIn { .. }
        | Event::Reported { .. }
        | Event::RowsChanged { .. } => {}
    }
    Ok(())
}

/// Wakes those who were told of a review, and has it in their feeds. Nobody sleeps on because Redis, which has the feeds, is away.
async fn publish(
    conn: &mut db::Conn,
    memory: &db::Memory,
    review: db::ReviewId,
    author: db::UserId,
    after: Option<db::FollowId>,
    told: Announced,
) -> db::Result<()> {
    wake(memory, told.followers.iter().copied().chain(told.owner)).await;
    if let Err(error) = push(conn, memory, review, author, &told.followers).await {
        tracing::debug!(%error, "a review is to be pushed later");
        Event::PushOwed { review, author, after }.defer(conn).await?;
    }
    Ok(())
}

async fn push(
    conn: &mut db::Conn,
    memory: &db::Memory,
    review: db::ReviewId,
    author: db::UserId,
    followers: &[db::UserId],
) -> db::Result<()> {
    if let Some(timelines) = memory.timelines()
        && let Some(author) = db::User::find_many(conn, &[author]).await?.pop()
        && timelines.takes(&author)
    {
        timelines.push(followers, review).await?;
    }
    Ok(())
}

/// Has somebody's feed gathered anew, at the latest when Redis is back.
async fn forget_feed(conn: &mut db::Conn, memory: &db::Memory, reader: db::UserId) -> db::Result<()> {
    if let Err(error) = memory.forget_feed(reader).await {
        tracing::debug!(%error, "a feed is to be gathered anew later");
        Event::FeedOwed { reader }.defer(conn).await?;
    }
    Ok(())
}

/// Tells those who were told of a comment that it can't be seen any more, and returns whom.
async fn without_comment(
    conn: &mut db::Conn,
    review: db::ReviewId,
    parent: Option<db::CommentId>,
) -> db::Result<Vec<db::UserId>> {
    let mut told = Vec::from_iter(Group::CommentsOn(review).tell(conn, Change::Removed).await?);
    if let Some(thread) = parent {
        for recipient in Notification::recipients_of_replies(conn, thread).await? {
            told.extend(Group::RepliesTo { recipient, thread, review }.tell(conn, Change::Removed).await?);
        }
    }
    Ok(told)
}

/// Wakes those who wait for what they are told.
async fn wake(memory: &db::Memory, recipients: impl IntoIterator<Item = db::UserId>) {
    let wakes = recipients.into_iter().map(|user| memory.broadcast.wake(Topic::NotificationsOf(user), user.into()));
    join_all(wakes).await;
}
