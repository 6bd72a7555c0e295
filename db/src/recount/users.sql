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
  and (review_count, follower_count, following_count) <> (counted.reviews, counted.followers, counted.followees)
returning users.id
