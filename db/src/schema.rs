diesel::table! {
    categories (id) { id -> Uuid, slug -> Text, parent_id -> Nullable<Uuid>, names -> Jsonb, icon -> Text, position -> Int4, }
}
diesel::table! {
    comments (id) {
        id -> Uuid, review_id -> Uuid, author_id -> Nullable<Uuid>, parent_id -> Nullable<Uuid>, reply_to_id -> Nullable<Uuid>,
        body -> Text, like_count -> Int4, reply_count -> Int4, state -> Text, created_at -> Timestamptz,
    }
}
diesel::table! {
    check_ins (user_id, day) { user_id -> Uuid, day -> Date, is_make_up -> Bool, credits_earned -> Int2, }
}
diesel::table! {
    credentials (user_id) {
        user_id -> Uuid, email -> Text, email_confirmed_at -> Nullable<Timestamptz>, password_hash -> Nullable<Text>,
        updated_at -> Timestamptz,
    }
}
diesel::table! {
    events (id) {
        id -> Uuid, subject_id -> Uuid, kind -> Text, payload -> Jsonb, trace_context -> Nullable<Text>, attempts -> Int2,
        due_at -> Timestamptz, parked_at -> Nullable<Timestamptz>, last_error -> Nullable<Text>,
    }
}
diesel::table! {
    follows (follower_id, followee_id) { id -> Uuid, follower_id -> Uuid, followee_id -> Uuid, }
}
diesel::table! {
    idempotency_keys (user_id, key) {
        user_id -> Uuid, key -> Text, request_hash -> Bytea, result_id -> Uuid, created_at -> Timestamptz,
    }
}
diesel::table! {
    likes (id) { id -> Uuid, user_id -> Uuid, review_id -> Nullable<Uuid>, comment_id -> Nullable<Uuid>, }
}
diesel::table! {
    login_codes (email) {
        email -> Text, code_hash -> Text, attempts -> Int2, sent_at -> Timestamptz, expires_at -> Timestamptz, sent_count -> Int2,
        counting_since -> Timestamptz,
    }
}
diesel::table! {
    inboxes (user_id) { user_id -> Uuid, last_number -> Int8, muted -> Array<Text>, }
}
diesel::table! {
    notifications (id) {
        id -> Uuid, recipient_id -> Uuid, number -> Int8, kind -> Text, group_key -> Text, actor_ids -> Array<Uuid>,
        actor_count -> Int4, review_id -> Nullable<Uuid>, comment_id -> Nullable<Uuid>, created_at -> Timestamptz,
        read_at -> Nullable<Timestamptz>,
    }
}
diesel::table! {
    opening_times (shop_id) { shop_id -> Uuid, times -> Tstzmultirange, until -> Timestamptz, }
}
diesel::table! {
    reports (id) {
        id -> Uuid, reporter_id -> Nullable<Uuid>, review_id -> Nullable<Uuid>, comment_id -> Nullable<Uuid>, reason -> Text,
        detail -> Nullable<Text>, created_at -> Timestamptz, resolved_at -> Nullable<Timestamptz>, resolver_id -> Nullable<Uuid>,
    }
}
diesel::table! {
    reviews (id) {
        id -> Uuid, version -> Int4, shop_id -> Uuid, author_id -> Uuid, rating -> Int2, title -> Nullable<Text>, body -> Text,
        like_count -> Int4, comment_count -> Int4, merchant_reply -> Nullable<Text>, merchant_reply_at -> Nullable<Timestamptz>,
        state -> Text, created_at -> Timestamptz, edited_at -> Nullable<Timestamptz>,
    }
}
diesel::table! {
    sessions (id) {
        id -> Uuid, user_id -> Uuid, device -> Nullable<Text>, token_hash -> Bytea, created_at -> Timestamptz,
        last_seen_at -> Timestamptz, expires_at -> Timestamptz, revoked_at -> Nullable<Timestamptz>,
    }
}
diesel::table! {
    shops (id) {
        id -> Uuid, version -> Int4, osm_id -> Nullable<Text>, owner_id -> Nullable<Uuid>, category_id -> Uuid, name -> Text,
        names -> Jsonb, lat -> Float8, lng -> Float8, position -> crate::geo::Cube, address -> Jsonb,
        country_code -> Nullable<Text>, timezone -> Text, phone -> Nullable<Text>, website -> Nullable<Text>,
        opening_hours -> Nullable<Text>, cuisines -> Array<Text>, photos -> Array<Text>, price_level -> Nullable<Int2>,
        average_spend_minor -> Nullable<Int4>, currency -> Nullable<Text>, rating_1 -> Int4, rating_2 -> Int4, rating_3 -> Int4,
        rating_4 -> Int4, rating_5 -> Int4, rating_score -> Float8, search_text -> Text, created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}
diesel::table! {
    users (id) {
        id -> Uuid, handle -> Text, nickname -> Text, avatar_url -> Nullable<Text>, bio -> Nullable<Text>, city -> Nullable<Text>,
        role -> Text, credits -> Int4, follower_count -> Int4, following_count -> Int4, review_count -> Int4, created_at -> Timestamptz,
    }
}
diesel::table! {
    visits (shop_id, day) { shop_id -> Uuid, day -> Date, visitors -> Bytea, }
}
diesel::joinable!(reviews -> shops (shop_id));
diesel::joinable!(likes -> users (user_id));
diesel::joinable!(credentials -> users (user_id));
diesel::joinable!(reviews -> users (author_id));
diesel::allow_tables_to_appear_in_same_query!(
    categories, comments, credentials, follows, likes, notifications, opening_times, reports, reviews, shops, users
);
