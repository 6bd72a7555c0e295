//! Who likes what: `write` has the transaction.

mod write;

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::lateral::{self, Parent};
use crate::schema::{likes, users};
use crate::{CommentId, Conn, LikeId, Page, Result, ReviewId, Slice, User, UserId};

pub use write::Liked;

/// What can be liked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LikeSubject {
    Review(ReviewId),
    Comment(CommentId),
}

/// Somebody who likes something.
#[derive(Clone, Debug, PartialEq, HasQuery)]
#[diesel(base_query = likes::table.inner_join(users::table))]
#[diesel(table_name = likes)]
pub struct Liker {
    pub id: LikeId,
    #[diesel(embed)]
    pub user: User,
}

impl LikeSubject {
    /// Those of the given subjects that `user` likes.
    pub async fn liked_by(conn: &mut Conn, user: UserId, subjects: &[Self]) -> Result<HashSet<Self>> {
        let (reviews, comments) = Self::split(subjects);
        let liked: Vec<(Option<ReviewId>, Option<CommentId>)> = likes::table
            .filter(likes::user_id.eq(user))
            .filter(likes::review_id.eq_any(reviews).or(likes::comment_id.eq_any(comments)))
            .select((likes::review_id, likes::comment_id))
            .load(conn)
            .await?;
        let subject =
            |(review, comment): (Option<_>, Option<_>)| review.map(Self::Review).or_else(|| comment.map(Self::Comment));
        Ok(liked.into_iter().filter_map(subject).collect())
    }

    fn split(subjects: &[Self]) -> (Vec<ReviewId>, Vec<CommentId>) {
        let (mut reviews, mut comments) = (Vec::new(), Vec::new());
        for subject in subjects {
            match *subject {
                Self::Review(id) => reviews.push(id),
                Self::Comment(id) => comments.push(id),
            }
        }
        (reviews, comments)
    }
}

impl Liker {
    /// The same page of every given subject, newest like first: one statement for reviews, one for comments.
    pub async fn pages_of(
        conn: &mut Conn,
        subjects: &[LikeSubject],
        page: Page<LikeId>,
    ) -> Result<HashMap<LikeSubject, Slice<Self>>> {
        let newest = || {
            let query = Self::query().order(likes::id.desc()).limit(page.probe()).into_boxed();
            match page.after {
                Some(after) => query.filter(likes::id.lt(after)),
                None => query,
            }
        };
        let (reviews, comments) = LikeSubject::split(subjects);
        let mut pages = HashMap::new();
        if !reviews.is_empty() {
            let query = newest().filter(likes::review_id.eq(Parent.nullable()));
            let rows: Vec<(ReviewId, Self)> = lateral::for_each(&reviews, query).load(conn).await?;
            pages.extend(page.slices(&reviews, rows).into_iter().map(|(id, slice)| (LikeSubject::Review(id), slice)));
        }
        if !comments.is_empty() {
            let query = newest().filter(likes::comment_id.eq(Parent.nullable()));
            let rows: Vec<(CommentId, Self)> = lateral::for_each(&comments, query).load(conn).await?;
            pages.extend(page.slices(&comments, rows).into_iter().map(|(id, slice)| (LikeSubject::Comment(id), slice)));
        }
        Ok(pages)
    }
}
