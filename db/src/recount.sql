update users set review_count = counted.n
from (select users.id, count(reviews.id) as n
      from users left join reviews on author_id = users.id and state = 'visible' group by users.id) as counted
where users.id = counted.id and review_count <> counted.n;

update users set follower_count = counted.n
from (select users.id, count(follows.id) as n
      from users left join follows on followee_id = users.id group by users.id) as counted
where users.id = counted.id and follower_count <> counted.n;

update users set following_count = counted.n
from (select users.id, count(follows.id) as n
      from users left join follows on follower_id = users.id group by users.id) as counted
where users.id = counted.id and following_count <> counted.n;

update reviews set like_count = counted.n
from (select reviews.id, count(likes.id) as n
      from reviews left join likes on review_id = reviews.id group by reviews.id) as counted
where reviews.id = counted.id and like_count <> counted.n;

update reviews set comment_count = counted.n
from (select reviews.id, count(comments.id) as n
      from reviews left join comments on review_id = reviews.id and comments.state = 'visible' group by reviews.id) as counted
where reviews.id = counted.id and comment_count <> counted.n;

update comments set like_count = counted.n
from (select comments.id, count(likes.id) as n
      from comments left join likes on comment_id = comments.id group by comments.id) as counted
where comments.id = counted.id and like_count <> counted.n;

update comments set reply_count = counted.n
from (select threads.id, count(replies.id) as n
      from comments as threads left join comments as replies on replies.parent_id = threads.id and replies.state = 'visible'
      group by threads.id) as counted
where comments.id = counted.id and reply_count <> counted.n;

update shops set rating_1 = counted.n1, rating_2 = counted.n2, rating_3 = counted.n3, rating_4 = counted.n4, rating_5 = counted.n5
from (select shops.id,
             count(*) filter (where rating = 1) as n1, count(*) filter (where rating = 2) as n2,
             count(*) filter (where rating = 3) as n3, count(*) filter (where rating = 4) as n4,
             count(*) filter (where rating = 5) as n5
      from shops left join reviews on shop_id = shops.id and state = 'visible' group by shops.id) as counted
where shops.id = counted.id
  and (rating_1, rating_2, rating_3, rating_4, rating_5) <> (counted.n1, counted.n2, counted.n3, counted.n4, counted.n5);

-- The prior weighs as much as the ratings of an average shop, within reason.
update rating_prior set mean = coalesce(rated.mean, 3.5), weight = greatest(5, least(50, coalesce(rated.per_shop, 10)))
from (select avg(rating)::double precision as mean, count(*)::double precision / nullif(count(distinct shop_id), 0) as per_shop
      from reviews where state = 'visible') as rated;

update shops set rating_score = bayesian_mean(rating_1, rating_2, rating_3, rating_4, rating_5)
where rating_score is distinct from bayesian_mean(rating_1, rating_2, rating_3, rating_4, rating_5);
