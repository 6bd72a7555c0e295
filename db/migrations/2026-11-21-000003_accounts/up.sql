-- What people need to sign up, to log in, and to be held to the rules.

-- An address is claimed by whoever signs up with it, and belongs to whoever confirms it: if claims were refused, the refusal would
-- tell who has an account.
alter table credentials add column email_confirmed_at timestamptz;
alter table credentials drop constraint credentials_email_is_unique;
alter table credentials add constraint credentials_email_is_short check (char_length(email) <= 254);
-- Whose is this address?
create unique index credentials_one_confirmed_per_email on credentials (email) where email_confirmed_at is not null;
-- Who claimed this address last?
create index credentials_newest_claim_of_email on credentials (email, user_id desc) where email_confirmed_at is null;

-- Where was this person seen last?
create index sessions_live_of_user on sessions (user_id, last_seen_at desc, id desc) where revoked_at is null;
alter table sessions add constraint sessions_device_is_short check (char_length(device) between 1 and 200);

-- The newest code of each address, whether or not it has an account.
drop table login_codes;
create table login_codes (
    email          text primary key
        constraint login_codes_email_is_lower_case check (email = lower(email))
        constraint login_codes_email_is_short check (char_length(email) <= 254),
    code_hash      text not null,
    attempts       smallint not null default 0 constraint login_codes_attempts_in_range check (attempts between 0 and 5),
    sent_at        timestamptz not null,
    expires_at     timestamptz not null,
    -- How many codes were sent since when, so that nobody is flooded, and nobody can guess for ever.
    sent_count     smallint not null constraint login_codes_sent_count_in_range check (sent_count between 1 and 10),
    counting_since timestamptz not null
);
-- Which codes are long over?
create index login_codes_oldest on login_codes (sent_at);

-- What people complained of.
create table reports (
    id          uuid primary key,
    -- Null once the reporter has deleted their account.
    reporter_id uuid constraint reports_reporter_exists references users on delete set null,
    review_id   uuid constraint reports_review_exists references reviews on delete cascade,
    comment_id  uuid constraint reports_comment_exists references comments on delete cascade,
    reason      text not null constraint reports_reason_is_known check (reason in ('spam', 'abuse', 'fake', 'privacy', 'other')),
    detail      text constraint reports_detail_is_short check (char_length(detail) between 1 and 4000),
    created_at  timestamptz not null default now(),
    resolved_at timestamptz,
    -- The moderator who looked at it; null, too, once they have deleted their account.
    resolver_id uuid constraint reports_resolver_exists references users on delete set null,
    constraint reports_one_per_review unique (review_id, reporter_id),
    constraint reports_one_per_comment unique (comment_id, reporter_id),
    constraint reports_have_one_subject check (num_nonnulls(review_id, comment_id) = 1)
);
-- What is there to look at, oldest first?
create index reports_open on reports (id) where resolved_at is null;
-- The foreign keys.
create index reports_of_reporter on reports (reporter_id);
create index reports_of_resolver on reports (resolver_id);
