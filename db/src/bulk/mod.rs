//! People and what they do, by the bulk: how a database is filled with generated data.
//!
//! One statement takes a whole batch as arrays, a parameter for each column, and counters are left to [`crate::recount`].

mod shops;

use chrono::{DateTime, Utc};
use diesel::sql_query;
use diesel::sql_types::{Array, Int2, Integer, Nullable, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

pub use self::shops::{SeedShop, ShopPrice};
pub use crate::transaction::all_or_nothing;
use crate::{CommentId, Conn, FollowId, LikeId, LikeSubject, Result, ReviewId, ShopId, UserId};

#[derive(Clone, Debug)]
pub struct NewUser {
    pub id: UserId,
    pub handle: String,
    pub nickname: String,
    pub bio: Option<String>,
    pub city: Option<String>,
    pub credits: i32,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub struct NewReview {
    pub id: ReviewId,
    pub shop_id: ShopId,
    pub author_id: UserId,
    pub rating: i16,
    pub title: Option<String>,
    pub body: String,
    pub merchant_reply: Option<String>,
    pub merchant_reply_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub struct NewComment {
    pub id: CommentId,
    pub review_id: ReviewId,
    pub author_id: UserId,
    pub parent_id: Option<CommentId>,
    pub reply_to_id: Option<UserId>,
    pub body: String,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug)]
pub struct NewLike {
    pub id: LikeId,
    pub user_id: UserId,
    pub subject: LikeSubject,
}

#[derive(Clone, Copy, Debug)]
pub struct NewFollow {
    pub id: FollowId,
    pub follower_id: UserId,
    pub followee_id: UserId,
}

fn column<'rows, Row, Value>(rows: &'rows [Row], value: impl Fn(&'rows Row) -> Value) -> Vec<Value> {
    rows.iter().map(value).collect()
}

impl NewUser {
    pub async fn insert_all(conn: &mut Conn, users: &[Self]) -> Result<usize> {
        Ok(sql_query(
            "insert into users (id, handle, nickname, bio, city, credits, created_at)
             select * from unnest($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        )
        .bind::<Array<Uuid>, _>(column(users, |user| user.id))
        .bind::<Array<Text>, _>(column(users, |user| user.handle.as_str()))
        .bind::<Array<Text>, _>(column(users, |user| user.nickname.as_str()))
        .bind::<Array<Nullable<Text>>, _>(column(users, |user| user.bio.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(column(users, |user| user.city.as_deref()))
        .bind::<Array<Integer>, _>(column(users, |user| user.credits))
        .bind::<Array<Timestamptz>, _>(column(users, |user| user.created_at))
        .execute(conn)
        .await?)
    }
}

impl NewReview {
    pub async fn insert_all(conn: &mut Conn, reviews: &[Self]) -> Result<usize> {
        Ok(sql_query(
            "insert into reviews (id, shop_id, author_id, rating, title, body, merchant_reply, merchant_reply_at, created_at)
             select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        )
        .bind::<Array<Uuid>, _>(column(reviews, |review| review.id))
        .bind::<Array<Uuid>, _>(column(reviews, |review| review.shop_id))
        .bind::<Array<Uuid>, _>(column(reviews, |review| review.author_id))
        .bind::<Array<Int2>, _>(column(reviews, |review| review.rating))
        .bind::<Array<Nullable<Text>>, _>(column(reviews, |review| review.title.as_deref()))
        .bind::<Array<Text>, _>(column(reviews, |review| review.body.as_str()))
        .bind::<Array<Nullable<Text>>, _>(column(reviews, |review| review.merchant_reply.as_deref()))
        .bind::<Array<Nullable<Timestamptz>>, _>(column(reviews, |review| review.merchant_reply_at))
        .bind::<Array<Timestamptz>, _>(column(reviews, |review| review.created_at))
        .execute(conn)
        .await?)
    }
}

impl NewComment {
    pub async fn insert_all(conn: &mut Conn, comments: &[Self]) -> Result<usize> {
        Ok(sql_query(
            "insert into comments (id, review_id, author_id, parent_id, reply_to_id, body, created_at)
             select * from unnest($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        )
        .bind::<Array<Uuid>, _>(column(comments, |comment| comment.id))
        .bind::<Array<Uuid>, _>(column(comments, |comment| comment.review_id))
        .bind::<Array<Uuid>, _>(column(comments, |comment| comment.author_id))
        .bind::<Array<Nullable<Uuid>>, _>(column(comments, |comment| comment.parent_id))
        .bind::<Array<Nullable<Uuid>>, _>(column(comments, |comment| comment.reply_to_id))
        .bind::<Array<Text>, _>(column(comments, |comment| comment.body.as_str()))
        .bind::<Array<Timestamptz>, _>(column(comments, |comment| comment.created_at))
        .execute(conn)
        .await?)
    }
}

impl NewLike {
    pub async fn insert_all(conn: &mut Conn, likes: &[Self]) -> Result<usize> {
        let review = |like: &Self| match like.subject {
            LikeSubject::Review(id) => Some(id),
            LikeSubject::Comment(_) => None,
        };
        let comment = |like: &Self| match like.subject {
            LikeSubject::Review(_) => None,
            LikeSubject::Comment(id) => Some(id),
        };
        Ok(sql_query(
            "insert into likes (id, user_id, review_id, comment_id)
             select * from unnest($1, $2, $3, $4) on conflict do nothing",
        )
        .bind::<Array<Uuid>, _>(column(likes, |like| like.id))
        .bind::<Array<Uuid>, _>(column(likes, |like| like.user_id))
        .bind::<Array<Nullable<Uuid>>, _>(column(likes, review))
        .bind::<Array<Nullable<Uuid>>, _>(column(likes, comment))
        .execute(conn)
        .await?)
    }
}

impl NewFollow {
    pub async fn insert_all(conn: &mut Conn, follows: &[Self]) -> Result<usize> {
        Ok(sql_query(
            "insert into follows (id, follower_id, followee_id)
             select * from unnest($1, $2, $3) on conflict do nothing",
        )
        .bind::<Array<Uuid>, _>(column(follows, |follow| follow.id))
        .bind::<Array<Uuid>, _>(column(follows, |follow| follow.follower_id))
        .bind::<Array<Uuid>, _>(column(follows, |follow| follow.followee_id))
        .execute(conn)
        .await?)
    }
}
