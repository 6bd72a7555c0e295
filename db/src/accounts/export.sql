-- All that is stored about one person, but what only proves who they are (hashes of passwords and tokens).
select jsonb_build_object(
    'profile', (select to_jsonb(users) from users where id = $1),
    'account', (select jsonb_build_object('email', email, 'email_confirmed_at', email_confirmed_at, 'has_password', password_hash is not null,
                                          'created_at', created_at, 'updated_at', updated_at)
                from credentials where user_id = $1),
    'sessions', coalesce((select jsonb_agg(to_jsonb(sessions) - 'token_hash' order by id) from sessions where user_id = $1), '[]'),
    'shops', coalesce((select jsonb_agg(to_jsonb(shops) - 'search_text' - 'position' order by id) from shops where owner_id = $1), '[]'),
    'reviews', coalesce((select jsonb_agg(to_jsonb(reviews) || jsonb_build_object('shop_name', shops.name) order by reviews.id)
                         from reviews join shops on shops.id = shop_id where author_id = $1), '[]'),
    'comments', coalesce((select jsonb_agg(to_jsonb(comments) order by id) from comments where author_id = $1), '[]'),
    'likes', coalesce((select jsonb_agg(to_jsonb(likes) order by id) from likes where user_id = $1), '[]'),
    'following', coalesce((select jsonb_agg(jsonb_build_object('id', follows.id, 'user_id', followee_id, 'handle', handle) order by follows.id)
                           from follows join users on users.id = followee_id where follower_id = $1), '[]'),
    'followers', coalesce((select jsonb_agg(jsonb_build_object('id', follows.id, 'user_id', follower_id, 'handle', handle) order by follows.id)
                           from follows join users on users.id = follower_id where followee_id = $1), '[]'),
    'check_ins', coalesce((select jsonb_agg(to_jsonb(check_ins) order by day) from check_ins where user_id = $1), '[]'),
    'muted_notifications', coalesce((select to_jsonb(muted) from inboxes where user_id = $1), '[]'),
    'notifications', coalesce((select jsonb_agg(to_jsonb(notifications) order by id) from notifications where recipient_id = $1), '[]'),
    'reports', coalesce((select jsonb_agg(to_jsonb(reports) - 'resolver_id' order by id) from reports where reporter_id = $1), '[]'),
    'idempotency_keys', coalesce((select jsonb_agg(to_jsonb(idempotency_keys) - 'request_hash' order by created_at)
                                  from idempotency_keys where user_id = $1), '[]')
) as data
