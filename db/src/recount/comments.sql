update comments set like_count = counted.likes, reply_count = counted.replies
from (select comments.id, coalesce(liked.n, 0) as likes, coalesce(answered.n, 0) as replies
      from comments
      left join (select comment_id, count(*) as n from likes where comment_id is not null group by comment_id) as liked
        on liked.comment_id = comments.id
      left join (select parent_id, count(*) as n from comments where parent_id is not null and state = 'visible' group by parent_id)
        as answered on answered.parent_id = comments.id) as counted
where comments.id = counted.id and (like_count, reply_count) <> (counted.likes, counted.replies)
returning comments.id
