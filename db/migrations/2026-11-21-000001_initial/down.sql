-- The extensions stay: other schemas of the same database may use them.
drop table
    idempotency_keys, check_ins, events, notifications, follows, likes, comments, reviews, opening_times, shops, categories,
    login_codes, sessions, credentials, users;
drop function bayesian_mean(integer, integer, integer, integer, integer);
drop table rating_prior;
drop function point_on_earth(double precision, double precision);
