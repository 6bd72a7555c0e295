//! The database has the last word, and whatever it says has been thought of.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::migrations::{migrated, names};

/// Rules that no client can break, and why. A name may begin or end with `*`.
const UNBREAKABLE: &[(&str, &str)] = &[
    ("users_pkey", "ids are made here, and never twice"),
    ("sessions_pkey", "ids are made here, and never twice"),
    ("shops_pkey", "ids are made here, and never twice"),
    ("reviews_pkey", "ids are made here, and never twice"),
    ("comments_pkey", "ids are made here, and never twice"),
    ("likes_pkey", "ids are made here, and never twice"),
    ("reports_pkey", "ids are made here, and never twice"),
    ("credentials_pkey", "written once, with the user"),
    ("login_codes_pkey", "inserted on conflict do nothing"),
    ("follows_pkey", "inserted on conflict do nothing"),
    ("idempotency_keys_pkey", "inserted on conflict do update"),
    ("opening_times_pkey", "replaced under a lock on the shop"),
    (
        "*_not_negative",
        "counters are changed with the rows that they count: a violation is a bug of ours, and must fail",
    ),
    ("*_is_known", "words of an enum"),
    ("users_nickname_is_short", "`NICKNAME` in api/src/users/mutation.rs; handles are shorter"),
    ("users_bio_is_short", "`BIO` in api/src/users/mutation.rs"),
    ("users_city_is_short", "`CITY` in api/src/users/mutation.rs"),
    ("credentials_email_is_short", "`LONGEST` in api/src/input/email.rs"),
    ("login_codes_email_is_short", "`LONGEST` in api/src/input/email.rs"),
    ("sessions_device_is_short", "`DEVICE` in api/src/accounts/entry.rs"),
    ("shops_name_is_short", "`NAME` in api/src/shops/mutation.rs"),
    ("reviews_title_is_short", "`TITLE` in api/src/reviews/mutation.rs"),
    ("reviews_body_is_short", "`BODY` in api/src/reviews/mutation.rs"),
    ("reviews_merchant_reply_is_short", "`REPLY` in api/src/reviews/mutation.rs"),
    ("comments_body_is_short", "`BODY` in api/src/comments/mutation.rs"),
    ("reports_detail_is_short", "`DETAIL` in api/src/moderation/mutation.rs"),
    ("idempotency_keys_key_is_short", "`LONGEST` in api/src/input/mod.rs"),
    ("*_is_lower_case", "addresses are lowered when they are parsed"),
    ("*_have_one_subject", "a subject is an enum of two"),
    ("users_handle_is_plain", "handles are parsed"),
    ("reviews_rating_in_range", "stars are parsed"),
    ("reviews_merchant_reply_has_a_time", "written together"),
    ("credentials_user_exists", "written with the user"),
    ("sessions_token_is_unique", "256 random bits"),
    ("login_codes_attempts_in_range", "counted up in a statement that asks for less than five"),
    ("login_codes_sent_count_in_range", "counted up under a lock, if less than ten"),
    ("likes_one_per_*", "inserted on conflict do nothing"),
    ("comments_author_exists", "the account is held by the transaction"),
    ("follows_follower_exists", "the account is held by the transaction"),
    ("likes_user_exists", "the account is held by the transaction"),
    ("likes_review_exists", "the subject is locked by the transaction"),
    ("likes_comment_exists", "the subject is locked by the transaction"),
    ("follows_id_is_unique", "ids are made here, and never twice"),
    ("reports_one_per_*", "inserted on conflict do update"),
    ("reports_resolver_exists", "the moderator is locked by the transaction"),
    ("comments_review_exists", "the review is locked by the transaction"),
    (
        "comments_parent_exists",
        "the review is locked by the transaction, and all that writes its comments waits for that",
    ),
    ("inboxes_*", "whose it is, is held before; the kinds are those of the enum"),
    ("notifications_*", "written by no request"),
    ("events_*", "written by no request"),
    ("visits_shop_exists", "written under a lock on the shop"),
    ("visits_pkey", "inserted on conflict do nothing"),
    ("categories_*", "written by migrations alone"),
    ("rating_prior_*", "written by the seed alone"),
    ("shops_lat_in_range", "locations are parsed"),
    ("shops_lng_in_range", "locations are parsed"),
    ("shops_opening_hours_are_short", "`HOURS` in api/src/shops/mutation.rs"),
    ("shops_country_code_is_iso_3166", "looked up by location"),
    ("shops_owner_exists", "the merchant is locked by the transaction"),
    ("shops_price_level_in_range", "written by the seed alone"),
    ("shops_average_spend_*", "written by the seed alone"),
    ("shops_currency_is_iso_4217", "written by the seed alone"),
    ("shops_one_per_osm_object", "written by imports alone, on conflict do nothing"),
    ("shops_rating_score_in_range", "computed from the ratings"),
    ("opening_times_shop_exists", "written under a lock on the shop"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_is_explained_to_clients_or_cannot_be_broken_by_them() {
    let client = migrated().await;
    let rules: BTreeSet<String> = names(
        &client,
        "select conname::text from pg_constraint
         where connamespace = current_schema()::regnamespace and contype in ('c', 'f', 'u', 'p', 'x') and conname !~ '^__diesel'
         union
         select indexrelid::regclass::text from pg_index
         where indrelid::regclass::text in (select relname from pg_class where relnamespace = current_schema()::regnamespace)
           and indisunique and indexrelid not in (select conindid from pg_constraint) and indrelid::regclass::text !~ '^__diesel'",
    )
    .await
    .into_iter()
    .collect();
    assert!(rules.len() > 80, "{}", rules.len());

    let explained = explained();
    let invented: Vec<_> = explained.difference(&rules).collect();
    assert!(invented.is_empty(), "explained, but not in any migration: {invented:?}");
    let idle: Vec<_> = UNBREAKABLE.iter().filter(|(rule, _)| !rules.iter().any(|name| is_like(name, rule))).collect();
    assert!(idle.is_empty(), "listed, but not in any migration: {idle:?}");
    let forgotten: Vec<_> = rules
        .iter()
        .filter(|name| !explained.contains(*name) && !UNBREAKABLE.iter().any(|(rule, _)| is_like(name, rule)))
        .collect();
    assert!(forgotten.is_empty(), "neither explained by `.on_constraint` nor listed here: {forgotten:?}");
}

/// What the mutations explain.
fn explained() -> BTreeSet<String> {
    let mut explained: BTreeSet<_> = api::user_error::VIEWER_EXISTS.iter().map(|name| (*name).to_owned()).collect();
    read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../api/src")), &mut explained);
    explained
}

fn read(folder: &Path, explained: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, explained);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("a source");
            let calls = source.split(".on_constraint(").skip(1);
            explained.extend(calls.filter_map(|call| call.split('"').nth(1)).map(str::to_owned));
        }
    }
}

fn is_like(name: &str, rule: &str) -> bool {
    match (rule.strip_prefix('*'), rule.strip_suffix('*')) {
        (Some(end), _) => name.ends_with(end),
        (_, Some(beginning)) => name.starts_with(beginning),
        _ => name == rule,
    }
}
