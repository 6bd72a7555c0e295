-- What was loaded a moment ago has no statistics yet, without which the plans below, and those of the first requests, are bad.
analyze users, follows, reviews, comments, likes;

-- Each table is written once: to update a row is to write it anew, and its index entries.
update users
set review_count = counted.reviews, follower_count = counted.followers, following_count = counted.followees
from (select users.id, coalesce(written.n, 0) as reviews, coalesce(followed.n, 0) as followers, coalesce(following.n, 0) as followees
      from users
      left join (select author_id, count(*) as n from reviews where state = 'visible' group by author_id) as written
        on written.author_id = users.id
      left join (select followee_id, count(*) as n from follows group by followee_id) as followed
        on followed.followee_id = users.id
      left join (select follower_id, count(*) as n from follows group by follower_id) as following
        on following.follower_id = users.id) as counted
where users.id = counted.id
  and (review_count, follower_count, following_count) <> (counted.reviews, counted.followers, counted.followees);

update reviews set like_count = counted.likes, comment_count = counted.comments
from (select reviews.id, coalesce(liked.n, 0) as likes, coalesce(commented.n, 0) as comments
      from reviews
      left join (select review_id, count(*) as n from likes where review_id is not null group by review_id) as liked
        on liked.review_id = reviews.id
      left join (select comments.review_id, count(*) as n
                 from comments left join comments as thread on thread.id = comments.parent_id
                 where comments.state = 'visible' and coalesce(thread.state, 'visible') = 'visible'
                 group by comments.review_id) as commented
        on commented.review_id = reviews.id) as counted
where reviews.id = counted.id and (like_count, comment_count) <> (counted.likes, counted.comments);

update comments set like_count = counted.likes, reply_count = counted.replies
from (select comments.id, coalesce(liked.n, 0) as likes, coalesce(answered.n, 0) as replies
      from comments
      left join (select comment_id, count(*) as n from likes where comment_id is not null group by comment_id) as liked
        on liked.comment_id = comments.id
      left join (select parent_id, count(*) as n from comments where parent_id is not null and state = 'visible' group by parent_id)
        as answered on answered.parent_id = comments.id) as counted
where comments.id = counted.id and (like_count, reply_count) <> (counted.likes, counted.replies);

-- The prior weighs as much as the ratings of an average shop, within reason.
update rating_prior set mean = coalesce(rated.mean, 3.5), weight = greatest(5, least(50, coalesce(rated.per_shop, 10)))
from (select avg(rating)::double precision as mean, count(*)::double precision / nullif(count(distinct shop_id), 0) as per_shop
      from reviews where state = 'visible') as rated;

update shops
set rating_1 = n1::integer, rating_2 = n2::integer, rating_3 = n3::integer, rating_4 = n4::integer, rating_5 = n5::integer,
    rating_score = bayesian_mean(n1::integer, n2::integer, n3::integer, n4::integer, n5::integer)
from (select shops.id,
             count(*) filter (where rating = 1) as n1, count(*) filter (where rating = 2) as n2,
             count(*) filter (where rating = 3) as n3, count(*) filter (where rating = 4) as n4,
             count(*) filter (where rating = 5) as n5
      from shops left join reviews on shop_id = shops.id and state = 'visible' group by shops.id) as counted
where shops.id = counted.id
  and (rating_1, rating_2, rating_3, rating_4, rating_5, rating_score)
   is distinct from (n1, n2, n3, n4, n5, bayesian_mean(n1::integer, n2::integer, n3::integer, n4::integer, n5::integer));
