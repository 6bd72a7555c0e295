drop trigger events_wake_workers on events;
drop function tell_of_events();

alter table notifications drop constraint notifications_comment_exists;
alter table notifications add constraint notifications_comment_exists
    foreign key (comment_id) references comments on delete cascade;

drop index notifications_of_group;
drop index notifications_unread_of_recipient;
create index notifications_unread_of_recipient on notifications (recipient_id) where read_at is null;
create index notifications_newest_of_recipient on notifications (recipient_id, id desc);
alter table notifications drop constraint notifications_one_per_number;
alter table notifications drop column number;

drop table inboxes;
