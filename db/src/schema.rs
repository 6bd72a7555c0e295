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
    events (id) { id -> Uuid, subject_id -> Uuid, kind -> Text, payload -> Jsonb, }
}
diesel::table! {
    follows (follower_id, followee_id) { id -> Uuid, follower_id -> Uuid, followee_id -> Uuid, }
}
diesel::table! {
    likes (id) { id -> Uuid, user_id -> Uuid, review_id -> Nullable<Uuid>, comment_id -> Nullable<Uuid>, }
}
diesel::table! {
    opening_times (shop_id) { shop_id -> Uuid, times -> Tstzmultirange, until -> Timestamptz, }
}
diesel::table! {
    reviews (id) {
        id -> Uuid, version -> Int4, shop_id -> Uuid, author_id -> Uuid, rating -> Int2, title -> Nullable<Text>, body -> Text,
        like_count -> Int4, comment_count -> Int4, merchant_reply -> Nullable<Text>, merchant_reply_at -> Nullable<Timestamptz>,
        state -> Text, created_at -> Timestamptz, edited_at -> Nullable<Timestamptz>,
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
        credits -> Int4, follower_count -> Int4, following_count -> Int4, review_count -> Int4, created_at -> Timestamptz,
    }
}
diesel::joinable!(reviews -> shops (shop_id));
diesel::joinable!(likes -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(categories, comments, follows, likes, opening_times, reviews, shops, users);
