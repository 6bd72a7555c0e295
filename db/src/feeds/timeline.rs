//! Feeds that were gathered ahead, completed by what those write whom too many follow.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::lateral::{self, Parent};
use crate::memory::{LENGTH, Part, Timelines};
use crate::reviews::VISIBLE;
use crate::schema::{follows, reviews, users};
use crate::{Conn, Page, Result, Review, ReviewId, Slice, UserId};

/// How often to look further because something was deleted or hidden.
const ATTEMPTS: usize = 5;

/// None if Redis does not tell, or not so far back.
pub(super) async fn read(
    conn: &mut Conn,
    timelines: &Timelines,
    follower: UserId,
    page: Page<ReviewId>,
) -> Result<Option<Slice<Review>>> {
    let mut looked_up = None;
    let mut rows: Vec<Review> = Vec::new();
    let mut after = page.after;
    for _ in 0..ATTEMPTS {
        let Some(part) = part(conn, timelines, follower, Page { after, ..page }).await? else { return Ok(None) };
        if looked_up.is_none() {
            looked_up = Some(by_the_most_followed(conn, timelines, follower, page).await?);
        }
        after = part.ids.last().copied().or(after);
        rows.extend(Review::find_many(conn, &part.ids).await?);
        if part.is_last || rows.len() as i64 >= page.probe() {
            rows.extend(looked_up.unwrap_or_default());
            rows.sort_by_key(|review| std::cmp::Reverse(review.id));
            // Who had fewer followers once was pushed then.
            rows.dedup_by_key(|review| review.id);
            return Ok(Some(page.slice(rows)));
        }
    }
    Ok(None)
}

/// Some of the timeline, which is gathered if there is none.
async fn part(conn: &mut Conn, timelines: &Timelines, follower: UserId, page: Page<ReviewId>) -> Result<Option<Part>> {
    match timelines.read(follower, page.after, page.probe()).await {
        Ok(Some(part)) => Ok(Some(part)),
        // Whoever reads on was served by rows before, or had a timeline that has ended meanwhile.
        Ok(None) if page.after.is_some() => Ok(None),
        Ok(None) => gather(conn, timelines, follower, page).await,
        // Truth can do without memory.
        Err(error) => {
            tracing::debug!(%error, "a feed is read without its timeline");
            Ok(None)
        }
    }
}

async fn gather(
    conn: &mut Conn,
    timelines: &Timelines,
    follower: UserId,
    page: Page<ReviewId>,
) -> Result<Option<Part>> {
    let Ok(draft) = timelines.begin(follower).await else { return Ok(None) };
    let all = Page { after: None, limit: LENGTH };
    let Slice { rows: ids, has_more } = newest_ids(conn, follower, all).await?;
    if let Err(error) = timelines.finish(follower, draft, &ids, !has_more).await {
        tracing::debug!(%error, "a timeline can't be kept");
    }
    let wanted = usize::try_from(page.probe()).unwrap_or(usize::MAX);
    let is_last = !has_more && ids.len() < wanted;
    Ok(Some(Part { ids: ids.into_iter().take(wanted).collect(), is_last }))
}

async fn newest_ids(conn: &mut Conn, follower: UserId, page: Page<ReviewId>) -> Result<Slice<ReviewId>> {
    let followees = follows::table.filter(follows::follower_id.eq(follower)).select(follows::followee_id);
    let newest = reviews::table
        .filter(reviews::author_id.eq(Parent))
        .filter(VISIBLE)
        .order(reviews::id.desc())
        .limit(page.probe())
        .select(reviews::id);
    let rows: Vec<(UserId, ReviewId)> = lateral::newest_of(followees, newest, page.probe()).load(conn).await?;
    Ok(page.slice(rows.into_iter().map(|(_, id)| id).collect()))
}

/// What those have written whose reviews are not pushed to all their followers.
///
/// A tenth fewer followers are enough: whoever has just lost some was not pushed before.
async fn by_the_most_followed(
    conn: &mut Conn,
    timelines: &Timelines,
    follower: UserId,
    page: Page<ReviewId>,
) -> Result<Vec<Review>> {
    let most = i32::try_from(timelines.most_followers - timelines.most_followers / 10).unwrap_or(i32::MAX);
    let followees = follows::table
        .inner_join(users::table.on(users::id.eq(follows::followee_id)))
        .filter(follows::follower_id.eq(follower))
        .filter(users::follower_count.ge(most))
        .select(follows::followee_id);
    let rows: Vec<(UserId, Review)> =
        lateral::newest_of(followees, Review::newest_by_parent(page), page.probe()).load(conn).await?;
    Ok(rows.into_iter().map(|(_, review)| review).collect())
}
