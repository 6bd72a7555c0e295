use crate::TestApp;

/// Every counter that differs from what it counts, with the row it is in. Written apart from `db/src/recount/`, which it checks.
const DIFFERENCES: &str = "
    select 'users.review_count', id from users
        where review_count <> (select count(*) from reviews where author_id = users.id and state = 'visible')
    union all select 'users.follower_count', id from users
        where follower_count <> (select count(*) from follows where followee_id = users.id)
    union all select 'users.following_count', id from users
        where following_count <> (select count(*) from follows where follower_id = users.id)
    union all select 'reviews.like_count', id from reviews
        where like_count <> (select count(*) from likes where review_id = reviews.id)
    union all select 'reviews.comment_count', id from reviews
        where comment_count <> (select count(*) from comments as c where c.review_id = reviews.id and c.state = 'visible'
            and not exists (select from comments as p where p.id = c.parent_id and p.state <> 'visible'))
    union all select 'comments.like_count', id from comments
        where like_count <> (select count(*) from likes where comment_id = comments.id)
    union all select 'comments.reply_count', id from comments
        where reply_count <> (select count(*) from comments as r where r.parent_id = comments.id and r.state = 'visible')
    union all select 'shops.rating', id from shops
        where array[rating_1, rating_2, rating_3, rating_4, rating_5] <> array(
            select (select count(*) from reviews where shop_id = shops.id and rating = stars and state = 'visible')::integer
            from generate_series(1, 5) as stars order by stars)
    union all select 'shops.rating_score', id from shops
        where abs(rating_score - bayesian_mean(rating_1, rating_2, rating_3, rating_4, rating_5)) > 1e-9";

impl TestApp {
    /// Finds every counter equal to what it counts.
    pub async fn assert_counters(&self) {
        assert_eq!(wrong_counters(&self.sql().await).await, Vec::<String>::new());
    }
}

/// Which counters differ from what they count.
pub async fn wrong_counters(client: &tokio_postgres::Client) -> Vec<String> {
    let query = format!("select counter || ' of ' || id from ({DIFFERENCES}) as wrong (counter, id)");
    let wrong = client.query(&query, &[]).await.expect("counters");
    wrong.iter().map(|row| row.get(0)).collect()
}
