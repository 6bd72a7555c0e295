use diesel::prelude::*;
use diesel::sql_query;
use diesel_async::RunQueryDsl;

use super::Account;
use crate::changed::{Changed, Kind, REVIEWS, SHOPS, USERS};
use crate::schema::users;
use crate::transaction::unhurried;
use crate::{Conn, Error, Event, Result, UserId, login_codes};

impl Account {
    /// Deletes a user, and all that is theirs: profile, sessions, reviews, likes, follows, check-ins. What they said in the
    /// conversations of others stays, without their name.
    ///
    /// False if the code that they proved themselves by has been used up, if they did by one.
    pub async fn delete(conn: &mut Conn, user: UserId, code: Option<(&str, &str)>) -> Result<bool> {
        unhurried(conn, async |conn| {
            if let Some((email, code_hash)) = code
                && !login_codes::consume(conn, email, code_hash).await?
            {
                return Ok(false);
            }
            // Nobody who holds the account (`User::hold`), or refers to it, gets past this; what they did before is seen below.
            let locked = users::table.find(user).select(users::id).for_update().get_result::<UserId>(conn).await;
            locked.optional()?.ok_or(Error::Missing("account"))?;
            let mut changed = Vec::new();
            for (kind, statement) in UNCOUNT {
                let statement = sql_query(*statement).bind::<diesel::sql_types::Uuid, _>(user);
                changed.extend(Changed::rows(*kind, statement.load(conn).await?));
            }
            diesel::delete(users::table.find(user)).execute(conn).await?;
            Event::AccountDeleted { user }.record(conn).await?;
            Event::record_changes(conn, &changed).await?;
            Ok(true)
        })
        .await
    }
}

/// Take what is about to be deleted out of what counts it, in the order in which other transactions take their locks, and return which
/// rows will be others, or gone.
const UNCOUNT: &[(Kind, &str)] = &[
    // No moderator hides one of them from here on; a statement that counts must not begin before its locks are had.
    (REVIEWS, "select id from reviews where author_id = $1 order by id for update"),
    (REVIEWS, "with liked as (select id from reviews where id in (select review_id from likes where user_id = $1) order by id for no key update)
     update reviews set like_count = like_count - 1 from liked where reviews.id = liked.id returning reviews.id"),
    (None, "with liked as (select id from comments where id in (select comment_id from likes where user_id = $1) order by id for no key update)
     update comments set like_count = like_count - 1 from liked where comments.id = liked.id returning comments.id"),
    (USERS, "with known as (select id from users
                    where id in (select followee_id from follows where follower_id = $1
                                 union select follower_id from follows where followee_id = $1) order by id for no key update)
     update users
     set follower_count = follower_count - (id in (select followee_id from follows where follower_id = $1))::integer,
         following_count = following_count - (id in (select follower_id from follows where followee_id = $1))::integer
     where id in (select id from known) returning id"),
    (SHOPS, "with rated as (select shop_id, rating from reviews where author_id = $1 and state = 'visible'),
          locked as (select id from shops where id in (select shop_id from rated) order by id for no key update)
     update shops
     set rating_1 = rating_1 - (rating = 1)::integer, rating_2 = rating_2 - (rating = 2)::integer,
         rating_3 = rating_3 - (rating = 3)::integer, rating_4 = rating_4 - (rating = 4)::integer,
         rating_5 = rating_5 - (rating = 5)::integer,
         rating_score = bayesian_mean(rating_1 - (rating = 1)::integer, rating_2 - (rating = 2)::integer,
                                      rating_3 - (rating = 3)::integer, rating_4 - (rating = 4)::integer,
                                      rating_5 - (rating = 5)::integer)
     from rated join locked on locked.id = shop_id
     where shops.id = locked.id returning shops.id"),
    // They stay, and have nobody to own them.
    (SHOPS, "select id from shops where owner_id = $1"),
];
