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
where reviews.id = counted.id and (like_count, comment_count) <> (counted.likes, counted.comments)
returning reviews.id
