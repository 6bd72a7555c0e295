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
            let published = publish(conn, memory, review, author, told).await;
            memory.broadcast.wake(Topic::ReviewsOf(shop), review.into()).await;
            published?;
        }
        Event::ReviewAnnounced { review, author, after } => {
            let told = Notification::announce(conn, review, author, Some(after)).await?;
            publish(conn, memory, review, author, told).await?;
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
            memory.forget_feed(follower).await?;
            wake(memory, Group::FollowersWith { followee, follow }.tell(conn, Change::Added).await?).await;
        }
        Event::UserUnfollowed { follower, followee, follow } => {
            memory.forget_feed(follower).await?;
            wake(memory, Group::FollowersWith { followee, follow }.tell(conn, Change::Removed).await?).await;
        }
        Event::ContentModerated { subject: LikeSubject::Comment(comment), .. } => {
            if let Some((review, parent)) = db::Comment::place(conn, comment).await? {
                wake(memory, without_comment(conn, review, parent).await?).await;
            }
        }
        Event::AccountDeleted { user } => memory.forget_feed(user).await?,
        // Nobody has to be told.
        Event::UserSignedUp { .. }
        | Event::ProfileUpdated { .. }
        | Event::ShopCreated { .. }
        | Event::ShopUpdated { .. }
        | Event::ReviewUpdated { .. }
        | Event::ReviewDeleted { .. }
        | Event::CheckedIn { .. }
        | Event::Reported { .. }
        | Event::ContentModerated { subject: LikeSubject::Review(_), .. }
        | Event::RowsChanged { .. } => {}
    }
    Ok(())
}

/// Pushes a review to the feeds of those who were told of it, and wakes them. Nobody sleeps on because Redis, which has the feeds, is away.
async fn publish(
    conn: &mut db::Conn,
    memory: &db::Memory,
    review: db::ReviewId,
    author: db::UserId,
    told: Announced,
) -> db::Result<()> {
    let mut pushed = Ok(());
    if let Some(timelines) = memory.timelines()
        && let Some(author) = db::User::find_many(conn, &[author]).await?.pop()
        && timelines.takes(&author)
    {
        pushed = timelines.push(&told.followers, review).await;
    }
    wake(memory, told.followers.into_iter().chain(told.owner)).await;
    Ok(pushed?)
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
