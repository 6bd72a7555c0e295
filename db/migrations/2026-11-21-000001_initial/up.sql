-- The whole model but vouchers and orders.
--
-- Names state the rule (`reviews_rating_in_range`) or the question an index answers (`reviews_newest_of_shop`).
-- Ids are UUIDv7, made by the application: they grow with time, so newest first is `order by id desc`.

create extension if not exists pg_trgm with schema public;
create extension if not exists cube with schema public;

-- A point of the Earth's surface in metres from its centre (mean radius, IUGG), so that `<->` is the length of the chord.
create function point_on_earth(lat double precision, lng double precision) returns public.cube
    language sql immutable strict parallel safe
    return public.cube(array[
        6371008.8 * cos(radians(lat)) * cos(radians(lng)),
        6371008.8 * cos(radians(lat)) * sin(radians(lng)),
        6371008.8 * sin(radians(lat))
    ]);

create table users (
    id              uuid primary key,
    handle          text not null
        constraint users_handle_is_unique unique
        constraint users_handle_is_plain check (handle ~ '^[a-z0-9_]{3,30}$'),
    nickname        text not null constraint users_nickname_is_short check (char_length(nickname) between 1 and 100),
    avatar_url      text,
    bio             text constraint users_bio_is_short check (char_length(bio) <= 1000),
    city            text constraint users_city_is_short check (char_length(city) <= 100),
    role            text not null default 'user' constraint users_role_is_known check (role in ('user', 'merchant', 'moderator')),
    credits         integer not null default 0 constraint users_credits_not_negative check (credits >= 0),
    follower_count  integer not null default 0 constraint users_follower_count_not_negative check (follower_count >= 0),
    following_count integer not null default 0 constraint users_following_count_not_negative check (following_count >= 0),
    review_count    integer not null default 0 constraint users_review_count_not_negative check (review_count >= 0),
    created_at      timestamptz not null default now()
);

-- How a user proves who they are. Apart from `users`, so that no query for a profile can read it by accident.
create table credentials (
    user_id       uuid primary key constraint credentials_user_exists references users on delete cascade,
    email         text not null
        constraint credentials_email_is_unique unique
        constraint credentials_email_is_lower_case check (email = lower(email)),
    password_hash text,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);

-- One family of refresh tokens per log-in; only the hash of the newest token is known.
create table sessions (
    id           uuid primary key,
    user_id      uuid not null constraint sessions_user_exists references users on delete cascade,
    device       text,
    token_hash   bytea not null constraint sessions_token_is_unique unique,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null,
    revoked_at   timestamptz
);
-- Which devices is this user logged in on? (And the foreign key.)
create index sessions_newest_of_user on sessions (user_id, id desc);

create table login_codes (
    id         uuid primary key,
    email      text not null constraint login_codes_email_is_lower_case check (email = lower(email)),
    code_hash  bytea not null,
    attempts   smallint not null default 0 constraint login_codes_attempts_in_range check (attempts between 0 and 5),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);
-- Which code was sent last to this address?
create index login_codes_newest_of_email on login_codes (email, id desc);

create table categories (
    id        uuid primary key,
    slug      text not null constraint categories_slug_is_unique unique,
    parent_id uuid constraint categories_parent_exists references categories,
    names     jsonb not null constraint categories_have_an_english_name check (names ? 'en'),
    icon      text not null,
    position  integer not null
);
-- Which are the children of this category, in order? (And the foreign key.)
create index categories_in_order on categories (parent_id, position);

-- The mean of all ratings, towards which a shop's own mean is drawn as long as it has few of them.
create table rating_prior (
    only_row boolean primary key default true constraint rating_prior_is_one_row check (only_row),
    mean     double precision not null constraint rating_prior_mean_in_range check (mean between 1 and 5),
    -- How many ratings the prior counts for.
    weight   double precision not null constraint rating_prior_weight_is_positive check (weight > 0)
);
insert into rating_prior (mean, weight) values (3.5, 10);

create function bayesian_mean(rating_1 integer, rating_2 integer, rating_3 integer, rating_4 integer, rating_5 integer)
    returns double precision
    language sql stable parallel safe
    return (
        select (mean * weight + rating_1 + 2 * rating_2 + 3 * rating_3 + 4 * rating_4 + 5 * rating_5)
             / (weight + rating_1 + rating_2 + rating_3 + rating_4 + rating_5)
        from rating_prior
    );

create table shops (
    id                  uuid primary key,
    version             integer not null default 1,
    osm_id              text constraint shops_one_per_osm_object unique,
    owner_id            uuid constraint shops_owner_exists references users on delete set null,
    category_id         uuid not null constraint shops_category_exists references categories,
    name                text not null constraint shops_name_is_short check (char_length(name) between 1 and 255),
    names               jsonb not null default '{}',
    lat                 double precision not null constraint shops_lat_in_range check (lat between -90 and 90),
    lng                 double precision not null constraint shops_lng_in_range check (lng between -180 and 180),
    position            public.cube not null generated always as (point_on_earth(lat, lng)) stored,
    address             jsonb not null default '{}',
    country_code        text constraint shops_country_code_is_iso_3166 check (country_code ~ '^[A-Z]{2}$'),
    timezone            text not null,
    phone               text,
    website             text,
    opening_hours       text constraint shops_opening_hours_are_short check (char_length(opening_hours) <= 255),
    cuisines            text[] not null default '{}',
    photos              text[] not null default '{}',
    price_level         smallint constraint shops_price_level_in_range check (price_level between 1 and 4),
    average_spend_minor integer constraint shops_average_spend_is_positive check (average_spend_minor > 0),
    currency            text constraint shops_currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$'),
    rating_1            integer not null default 0 constraint shops_rating_1_not_negative check (rating_1 >= 0),
    rating_2            integer not null default 0 constraint shops_rating_2_not_negative check (rating_2 >= 0),
    rating_3            integer not null default 0 constraint shops_rating_3_not_negative check (rating_3 >= 0),
    rating_4            integer not null default 0 constraint shops_rating_4_not_negative check (rating_4 >= 0),
    rating_5            integer not null default 0 constraint shops_rating_5_not_negative check (rating_5 >= 0),
    rating_score        double precision not null default bayesian_mean(0, 0, 0, 0, 0)
        constraint shops_rating_score_in_range check (rating_score between 1 and 5),
    search_text         text not null,
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    constraint shops_average_spend_has_a_currency check ((average_spend_minor is null) = (currency is null))
);
-- Which shops does this merchant own? (And the foreign key.)
create index shops_of_owner on shops (owner_id);
-- Which shops are of this category? (And the foreign key.)
create index shops_of_category on shops (category_id);
-- Which shops are nearest to a point, or within a radius of it?
create index shops_nearest on shops using gist (position);
-- Which shops have a word like this in their names, cuisines or category?
create index shops_by_words on shops using gin (search_text public.gin_trgm_ops);
-- Which shops are the best?
create index shops_best_rated on shops (rating_score desc, id desc);
-- Which shops have the most reviews? (The expression is the sort key of `db::ShopOrder::ReviewCount`.)
create index shops_most_reviewed on shops
    (((rating_1 + rating_2 + rating_3 + rating_4 + rating_5)::double precision) desc, id desc);

-- When each shop is open in the coming weeks: computed from `shops.opening_hours`, so it may be lost and computed again.
create table opening_times (
    shop_id uuid primary key constraint opening_times_shop_exists references shops on delete cascade,
    times   tstzmultirange not null,
    until   timestamptz not null
);

create table reviews (
    id                 uuid primary key,
    version            integer not null default 1,
    shop_id            uuid not null constraint reviews_shop_exists references shops on delete cascade,
    author_id          uuid not null constraint reviews_author_exists references users on delete cascade,
    rating             smallint not null constraint reviews_rating_in_range check (rating between 1 and 5),
    title              text constraint reviews_title_is_short check (char_length(title) between 1 and 400),
    body               text not null constraint reviews_body_is_short check (char_length(body) between 1 and 20000),
    like_count         integer not null default 0 constraint reviews_like_count_not_negative check (like_count >= 0),
    comment_count      integer not null default 0 constraint reviews_comment_count_not_negative check (comment_count >= 0),
    merchant_reply     text constraint reviews_merchant_reply_is_short check (char_length(merchant_reply) between 1 and 8000),
    merchant_reply_at  timestamptz,
    state              text not null default 'visible' constraint reviews_state_is_known check (state in ('visible', 'pending', 'hidden')),
    created_at         timestamptz not null default now(),
    edited_at          timestamptz,
    -- Also answers: has the viewer reviewed this shop? (And the foreign key to shops.)
    constraint reviews_one_per_author unique (shop_id, author_id),
    constraint reviews_merchant_reply_has_a_time check ((merchant_reply is null) = (merchant_reply_at is null))
);
-- Which are the newest reviews of this shop?
create index reviews_newest_of_shop on reviews (shop_id, id desc) where state = 'visible';
-- Which reviews of this shop were liked most?
create index reviews_most_helpful_of_shop on reviews (shop_id, (like_count::double precision) desc, id desc) where state = 'visible';
-- Which reviews of this shop gave most stars, or least? (The expression is the sort key of `db::ReviewOrder`.)
create index reviews_by_stars_of_shop on reviews (shop_id, (rating::double precision) desc, id desc) where state = 'visible';
-- Which are the newest reviews by this person? Read by profiles and feeds. (And the foreign key.)
create index reviews_newest_of_author on reviews (author_id, id desc);

create table comments (
    id          uuid primary key,
    -- Deferred, here and below: when users are deleted, `set null` may write a comment again whose review is gone already, and
    -- whose own turn is still to come.
    review_id   uuid not null constraint comments_review_exists references reviews on delete cascade deferrable initially deferred,
    -- Null once the author has deleted their account.
    author_id   uuid constraint comments_author_exists references users on delete set null,
    -- The comment whose thread this one is in: threads are two levels deep.
    parent_id   uuid constraint comments_parent_exists references comments on delete cascade deferrable initially deferred,
    -- Whom a reply answers, where that is not the author of the thread.
    reply_to_id uuid constraint comments_reply_to_exists references users on delete set null,
    body        text not null constraint comments_body_is_short check (char_length(body) between 1 and 8000),
    like_count  integer not null default 0 constraint comments_like_count_not_negative check (like_count >= 0),
    reply_count integer not null default 0 constraint comments_reply_count_not_negative check (reply_count >= 0),
    state       text not null default 'visible' constraint comments_state_is_known check (state in ('visible', 'pending', 'hidden')),
    created_at  timestamptz not null default now()
);
-- Which comments opened a thread under this review, oldest first?
create index comments_of_review on comments (review_id, id) where parent_id is null and state = 'visible';
-- Which replies does this comment have, oldest first? (And the foreign key.)
create index comments_of_thread on comments (parent_id, id);
-- The foreign keys: all comments of a review, by a person, to a person.
create index comments_all_of_review on comments (review_id);
create index comments_of_author on comments (author_id);
create index comments_to_user on comments (reply_to_id);

create table likes (
    id         uuid primary key,
    user_id    uuid not null constraint likes_user_exists references users on delete cascade,
    review_id  uuid constraint likes_review_exists references reviews on delete cascade,
    comment_id uuid constraint likes_comment_exists references comments on delete cascade,
    -- Also answer: which of these has the viewer liked? (And the foreign keys to their subjects.)
    constraint likes_one_per_review unique (review_id, user_id),
    constraint likes_one_per_comment unique (comment_id, user_id),
    constraint likes_have_one_subject check (num_nonnulls(review_id, comment_id) = 1)
);
-- Who liked this last?
create index likes_newest_of_review on likes (review_id, id desc) where review_id is not null;
create index likes_newest_of_comment on likes (comment_id, id desc) where comment_id is not null;
-- What has this person liked? (And the foreign key.)
create index likes_of_user on likes (user_id);

create table follows (
    -- Tells when the follow began; the cursor of the lists below.
    id          uuid not null constraint follows_id_is_unique unique,
    follower_id uuid not null constraint follows_follower_exists references users on delete cascade,
    followee_id uuid not null constraint follows_followee_exists references users on delete cascade,
    -- Also answers: does this person follow that one?
    primary key (follower_id, followee_id),
    constraint follows_not_oneself check (follower_id <> followee_id)
);
-- Whom has this person followed last?
create index follows_newest_of_follower on follows (follower_id, id desc);
-- Who has followed this person last? (And the foreign key.)
create index follows_newest_of_followee on follows (followee_id, id desc);

create table notifications (
    id           uuid primary key,
    recipient_id uuid not null constraint notifications_recipient_exists references users on delete cascade,
    kind         text not null constraint notifications_kind_is_known
        check (kind in ('like', 'comment', 'reply', 'follow', 'merchant_reply', 'review')),
    -- What is told as one (three people liked …); also makes the handlers that write here idempotent.
    group_key    text not null,
    actor_ids    uuid[] not null,
    actor_count  integer not null constraint notifications_have_an_actor check (actor_count >= 1),
    review_id    uuid constraint notifications_review_exists references reviews on delete cascade,
    comment_id   uuid constraint notifications_comment_exists references comments on delete cascade,
    created_at   timestamptz not null default now(),
    read_at      timestamptz,
    constraint notifications_one_per_group unique (recipient_id, group_key)
);
-- What is new for this person? (And the foreign key.)
create index notifications_newest_of_recipient on notifications (recipient_id, id desc);
-- How much of it is unread?
create index notifications_unread_of_recipient on notifications (recipient_id) where read_at is null;
-- The foreign keys.
create index notifications_of_review on notifications (review_id);
create index notifications_of_comment on notifications (comment_id);

-- The outbox: what happened, written in the transaction that made it happen.
create table events (
    id            uuid primary key,
    -- Events of one subject are handled in the order of their ids.
    subject_id    uuid not null,
    kind          text not null,
    payload       jsonb not null,
    trace_context text,
    attempts      smallint not null default 0,
    due_at        timestamptz not null default now(),
    parked_at     timestamptz,
    last_error    text
);
-- Which events are to be handled next?
create index events_due on events (due_at, id) where parked_at is null;
-- Is an older event of this subject still waiting?
create index events_of_subject on events (subject_id, id);
-- Which events have been given up?
create index events_parked on events (parked_at) where parked_at is not null;

create table check_ins (
    user_id        uuid not null constraint check_ins_user_exists references users on delete cascade,
    day            date not null,
    is_make_up     boolean not null default false,
    credits_earned smallint not null constraint check_ins_credits_earned_not_negative check (credits_earned >= 0),
    primary key (user_id, day)
);

-- The first answers to creating mutations, kept for a day.
create table idempotency_keys (
    user_id      uuid not null constraint idempotency_keys_user_exists references users on delete cascade,
    key          text not null constraint idempotency_keys_key_is_short check (char_length(key) between 1 and 200),
    request_hash bytea not null,
    result_id    uuid not null,
    created_at   timestamptz not null default now(),
    primary key (user_id, key)
);
-- Which keys are older than a day?
create index idempotency_keys_oldest on idempotency_keys (created_at);
