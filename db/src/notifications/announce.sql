-- The review $1 is told to those of the people $2 who want to know, with the ids $3, unless they were told before.
with wanted as (
    select people.id as user_id, people.notification_id
    from unnest($2, $3) as people (id, notification_id)
    join reviews on reviews.id = $1 and reviews.state = 'visible' and reviews.author_id <> people.id
    where exists (select from users where users.id = people.id)
      and not exists (
          select from notifications
          where notifications.recipient_id = people.id and notifications.group_key = 'review:' || $1
      )
), numbered as (
    insert into inboxes (user_id, last_number)
    select user_id, 1 from wanted order by user_id
    on conflict (user_id) do update set last_number = inboxes.last_number + 1 where not inboxes.muted @> '{review}'
    returning user_id, last_number
)
insert into notifications (id, recipient_id, number, kind, group_key, actor_ids, actor_count, review_id)
select wanted.notification_id, wanted.user_id, numbered.last_number, 'review', 'review:' || $1, array[reviews.author_id], 1, $1
from wanted join numbered using (user_id) join reviews on reviews.id = $1
