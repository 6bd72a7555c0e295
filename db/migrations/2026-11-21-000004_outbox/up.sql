-- What people want to be told, and the numbers under which they are told it.
create table inboxes (
    user_id     uuid primary key constraint inboxes_user_exists references users on delete cascade,
    -- Who locks this row numbers notifications in the order in which others see them, which ids made elsewhere are not in.
    last_number bigint not null default 0 constraint inboxes_last_number_not_negative check (last_number >= 0),
    muted       text[] not null default '{}' constraint inboxes_muted_kinds_are_known
        check (muted <@ array['like', 'comment', 'reply', 'follow', 'merchant_reply', 'review'])
);

-- Raised whenever there is news of the group, which is thereby the newest again.
alter table notifications add column number bigint;
update notifications set number = numbered.number
    from (select id, row_number() over (partition by recipient_id order by id) as number from notifications) as numbered
    where notifications.id = numbered.id;
alter table notifications alter column number set not null;
insert into inboxes (user_id, last_number) select recipient_id, max(number) from notifications group by recipient_id;

-- Also answers: what is new for this person? (And the foreign key.)
alter table notifications add constraint notifications_one_per_number unique (recipient_id, number);
drop index notifications_newest_of_recipient;
-- What of it is unread, and how much?
drop index notifications_unread_of_recipient;
create index notifications_unread_of_recipient on notifications (recipient_id, number) where read_at is null;
-- Which tell of this thing, that is gone?
create index notifications_of_group on notifications (group_key);

-- Others may have commented, too: the group stays, and counts anew.
alter table notifications drop constraint notifications_comment_exists;
alter table notifications add constraint notifications_comment_exists
    foreign key (comment_id) references comments on delete set null;

-- Wakes the workers, once for each transaction that recorded something.
create function tell_of_events() returns trigger language plpgsql as $$
begin
    perform pg_notify(tg_table_schema || '.events', '');
    return null;
end $$;
create trigger events_wake_workers after insert on events for each statement execute function tell_of_events();
