use chrono::{Days, NaiveDate, NaiveTime};
use diesel::dsl::{count, exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::NotificationKind;
use crate::schema::{comments, follows, likes, notifications, reviews, shops};
use crate::{CommentId, Conn, ContentState, FollowId, LikeSubject, Result, ReviewId, UserId};

/// What is told as one: three people liked something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    LikesOf(LikeSubject),
    /// All comments on a review but those that answer its author.
    CommentsOn(ReviewId),
    /// What was answered to somebody in the thread of a comment.
    RepliesTo {
        recipient: UserId,
        thread: CommentId,
        review: ReviewId,
    },
    /// Who began to follow somebody on the day of this follow.
    FollowersWith {
        followee: UserId,
        follow: FollowId,
    },
    MerchantReplyTo(ReviewId),
}

/// What is true of a group: who belongs to it, and what it is about.
#[derive(Clone, Debug, Default, PartialEq, Insertable, AsChangeset)]
#[diesel(table_name = notifications, treat_none_as_null = true)]
pub(super) struct Truth {
    /// Some of them, newest first.
    pub(super) actor_ids: Vec<UserId>,
    pub(super) actor_count: i32,
    pub(super) review_id: Option<ReviewId>,
    pub(super) comment_id: Option<CommentId>,
}

/// How many of those who belong to a group are named.
const NAMED: i64 = 10;

/// How many comments are looked at to find those who wrote them.
const LOOKED_AT: i64 = 50;

impl Group {
    pub(super) fn kind(self) -> NotificationKind {
        match self {
            Self::LikesOf(_) => NotificationKind::Like,
            Self::CommentsOn(_) => NotificationKind::Comment,
            Self::RepliesTo { .. } => NotificationKind::Reply,
            Self::FollowersWith { .. } => NotificationKind::Follow,
            Self::MerchantReplyTo(_) => NotificationKind::MerchantReply,
        }
    }

    /// What distinguishes it from other groups of the same recipient.
    pub(super) fn key(self) -> String {
        match self {
            Self::LikesOf(LikeSubject::Review(id)) => format!("like:{id}"),
            Self::LikesOf(LikeSubject::Comment(id)) => format!("like:{id}"),
            Self::CommentsOn(id) => format!("comment:{id}"),
            Self::RepliesTo { thread, .. } => format!("reply:{thread}"),
            Self::FollowersWith { follow, .. } => format!("follow:{}", day(follow)),
            Self::MerchantReplyTo(id) => format!("merchant_reply:{id}"),
        }
    }

    /// The keys of all groups that are about a comment.
    pub(super) fn keys_about(comment: CommentId) -> [String; 2] {
        [format!("like:{comment}"), format!("reply:{comment}")]
    }

    /// Whom it concerns; none if that is nobody any more.
    pub(super) async fn recipient(self, conn: &mut Conn) -> Result<Option<UserId>> {
        Ok(match self {
            Self::LikesOf(LikeSubject::Review(id)) | Self::CommentsOn(id) | Self::MerchantReplyTo(id) => {
                reviews::table.find(id).select(reviews::author_id).first(conn).await.optional()?
            }
            Self::LikesOf(LikeSubject::Comment(id)) => {
                comments::table.find(id).select(comments::author_id).first(conn).await.optional()?.flatten()
            }
            Self::RepliesTo { recipient, .. } | Self::FollowersWith { followee: recipient, .. } => Some(recipient),
        })
    }

    /// What is true of it now.
    pub(super) async fn truth(self, conn: &mut Conn, recipient: UserId) -> Result<Truth> {
        match self {
            Self::LikesOf(subject) => likes_of(conn, subject, recipient).await,
            Self::CommentsOn(review) => comments_on(conn, review, recipient).await,
            Self::RepliesTo { thread, review, .. } => replies_to(conn, thread, review, recipient).await,
            Self::FollowersWith { followee, follow } => followers(conn, followee, day(follow)).await,
            Self::MerchantReplyTo(review) => merchant_reply_to(conn, review).await,
        }
    }
}

async fn likes_of(conn: &mut Conn, subject: LikeSubject, author: UserId) -> Result<Truth> {
    let others = likes::table.filter(likes::user_id.ne(author)).into_boxed();
    let (newest, like_count, own, truth) = match subject {
        LikeSubject::Review(id) => (
            others.filter(likes::review_id.eq(id)),
            reviews::table.find(id).select(reviews::like_count).first::<i32>(conn).await.optional()?,
            likes::table.filter(likes::review_id.eq(id)).filter(likes::user_id.eq(author)).into_boxed(),
            Truth { review_id: Some(id), ..Truth::default() },
        ),
        LikeSubject::Comment(id) => (
            others.filter(likes::comment_id.eq(id)),
            comments::table.find(id).select(comments::like_count).first::<i32>(conn).await.optional()?,
            likes::table.filter(likes::comment_id.eq(id)).filter(likes::user_id.eq(author)).into_boxed(),
            Truth { comment_id: Some(id), ..Truth::default() },
        ),
    };
    let actor_ids = newest.order(likes::id.desc()).limit(NAMED).select(likes::user_id).load(conn).await?;
    let own: i64 = own.count().get_result(conn).await?;
    // The counter spares counting the likes of what everybody likes.
    let actor_count = like_count.unwrap_or_default() - i32::from(own > 0);
    Ok(Truth { actor_ids, actor_count, ..truth })
}

async fn comments_on(conn: &mut Conn, review: ReviewId, author: UserId) -> Result<Truth> {
    let thread = diesel::alias!(comments as thread);
    let by_others = || {
        let answers_author = thread
            .filter(thread.field(comments::id).nullable().eq(comments::parent_id))
            .filter(thread.field(comments::author_id).eq(author));
        comments::table
            .filter(comments::review_id.eq(review))
            .filter(comments::state.eq(ContentState::Visible))
            .filter(comments::author_id.ne(author))
            .filter(comments::reply_to_id.is_distinct_from(author))
            .filter(comments::reply_to_id.is_not_null().or(not(exists(answers_author))))
    };
    let people: i64 = by_others().select(count(comments::author_id).aggregate_distinct()).get_result(conn).await?;
    let newest = by_others().order(comments::id.desc()).limit(LOOKED_AT).select((comments::author_id, comments::id));
    let (actor_ids, comment_id) = named(newest.load(conn).await?);
    Ok(Truth { actor_ids, actor_count: counted(people), review_id: Some(review), comment_id })
}

async fn replies_to(conn: &mut Conn, thread: CommentId, review: ReviewId, recipient: UserId) -> Result<Truth> {
    let opened_by: Option<UserId> =
        comments::table.find(thread).select(comments::author_id).first(conn).await.optional()?.flatten();
    let to_opener = opened_by == Some(recipient);
    let by_others = || {
        let replies = comments::table
            .filter(comments::parent_id.eq(thread))
            .filter(comments::state.eq(ContentState::Visible))
            .filter(comments::author_id.ne(recipient))
            .into_boxed();
        let to_recipient = comments::reply_to_id.eq(recipient);
        if to_opener {
            replies.filter(comments::reply_to_id.is_null().or(to_recipient.is_not_distinct_from(true)))
        } else {
            replies.filter(to_recipient)
        }
    };
    let people: i64 = by_others().select(count(comments::author_id).aggregate_distinct()).get_result(conn).await?;
    let newest = by_others().order(comments::id.desc()).limit(LOOKED_AT).select((comments::author_id, comments::id));
    let (actor_ids, comment_id) = named(newest.load(conn).await?);
    Ok(Truth { actor_ids, actor_count: counted(people), review_id: Some(review), comment_id })
}

async fn followers(conn: &mut Conn, followee: UserId, day: NaiveDate) -> Result<Truth> {
    let from = day.and_time(NaiveTime::MIN).and_utc();
    let that_day = || {
        follows::table
            .filter(follows::followee_id.eq(followee))
            .filter(follows::id.ge(FollowId::earliest_at(from)))
            .filter(follows::id.lt(FollowId::earliest_at(from + Days::new(1))))
    };
    let people = that_day().count().get_result(conn).await?;
    let newest = that_day().order(follows::id.desc()).limit(NAMED).select(follows::follower_id);
    Ok(Truth { actor_ids: newest.load(conn).await?, actor_count: counted(people), ..Truth::default() })
}

fn day(follow: FollowId) -> NaiveDate {
    follow.time().unwrap_or_default().date_naive()
}

/// Nobody belongs to it if there is none, or if the author owns the shop.
async fn merchant_reply_to(conn: &mut Conn, review: ReviewId) -> Result<Truth> {
    let merchant: Option<Option<UserId>> = reviews::table
        .inner_join(shops::table)
        .filter(reviews::id.eq(review))
        .filter(reviews::merchant_reply.is_not_null())
        .filter(shops::owner_id.is_distinct_from(reviews::author_id.nullable()))
        .select(shops::owner_id)
        .first(conn)
        .await
        .optional()?;
    let actor_ids: Vec<UserId> = merchant.flatten().into_iter().collect();
    let actor_count = i32::from(!actor_ids.is_empty());
    Ok(Truth { actor_ids, actor_count, review_id: Some(review), comment_id: None })
}

/// The authors of the newest comments, and the newest of these.
fn named(newest: Vec<(Option<UserId>, CommentId)>) -> (Vec<UserId>, Option<CommentId>) {
    let comment = newest.iter().map(|(_, comment)| *comment).next();
    let mut actors = Vec::new();
    for author in newest.into_iter().filter_map(|(author, _)| author) {
        if !actors.contains(&author) && actors.len() < NAMED as usize {
            actors.push(author);
        }
    }
    (actors, comment)
}

fn counted(people: i64) -> i32 {
    people.try_into().unwrap_or(i32::MAX)
}
