use tests::{connect, schema_of_its_own};

use crate::command_line::{SAMPLE, on};
use crate::program::stderr;

const UNTIL: &str = "2026-06-01T00:00:00Z";

async fn answer(url: &str, sql: &str) -> String {
    connect(url).await.query_one(sql, &[]).await.expect("an answer").get(0)
}

#[tokio::test]
async fn the_same_seed_makes_the_same_people() {
    let (one, other) = (schema_of_its_own().await, schema_of_its_own().await);
    let mut made = Vec::new();
    for url in [&one, &other] {
        assert!(on(url, &["import", "osm", SAMPLE]).status.success());
        let seeded = on(url, &["seed", "--people", "60", "--until", UNTIL]);
        assert!(seeded.status.success(), "{}", stderr(&seeded));
        let words = "select md5(string_agg(reviews.id || handle || osm_id || rating || body || like_count, '|' order by reviews.id))
            from reviews join users on users.id = author_id join shops on shops.id = shop_id";
        made.push(answer(url, words).await);
    }
    assert_eq!(made[0], made[1]);

    let again = on(&one, &["seed", "--people", "60", "--until", UNTIL]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("--seed 1: the people of this seed are there already"), "{}", stderr(&again));
    let others = on(&one, &["seed", "--seed", "2", "--people", "60", "--until", UNTIL]);
    assert!(others.status.success(), "{}", stderr(&others));
    assert_eq!(answer(&one, "select count(*)::text from users").await, "120");
}

#[tokio::test]
async fn counters_are_what_they_count() {
    let url = schema_of_its_own().await;
    assert!(on(&url, &["import", "osm", SAMPLE]).status.success());
    let options =
        ["seed", "--people", "80", "--reviews", "700", "--follows", "500", "--comments", "400", "--likes", "900"];
    let seeded = on(&url, &options);
    assert!(
        stderr(&seeded).contains("generated 80 people, 500 follows, 700 reviews, 400 comments, 900 likes"),
        "{}",
        stderr(&seeded)
    );
    for wrong in [
        "users where follower_count <> (select count(*) from follows where followee_id = users.id)",
        "users where following_count <> (select count(*) from follows where follower_id = users.id)",
        "users where review_count <> (select count(*) from reviews where author_id = users.id)",
        "shops where rating_5 <> (select count(*) from reviews where shop_id = shops.id and rating = 5)",
        "shops where rating_1 + rating_2 + rating_3 + rating_4 + rating_5 <> (select count(*) from reviews where shop_id = shops.id)",
        "shops where rating_score <> bayesian_mean(rating_1, rating_2, rating_3, rating_4, rating_5)",
        "reviews where like_count <> (select count(*) from likes where review_id = reviews.id)",
        "reviews where comment_count <> (select count(*) from comments where review_id = reviews.id)",
        "comments where reply_count <> (select count(*) from comments as replies where replies.parent_id = comments.id)",
        "comments where created_at < (select created_at from reviews where reviews.id = review_id)",
        "reviews where created_at < (select created_at from users where users.id = author_id)",
    ] {
        assert_eq!(answer(&url, &format!("select count(*)::text from {wrong}")).await, "0", "{wrong}");
    }

    let client = connect(&url).await;
    for gone in ["id = (select max(id::text)::uuid from users)", "id in (select id from users limit 30)", "true"] {
        client.batch_execute(&format!("delete from users where {gone}")).await.expect("people can be deleted");
    }
    assert_eq!(
        answer(&url, "select (select count(*) from reviews) + (select count(*) from comments) || ''").await,
        "0"
    );
}

#[tokio::test]
async fn what_is_impossible_is_refused_by_name() {
    let url = schema_of_its_own().await;
    let nothing = on(&url, &["seed"]);
    assert!(stderr(&nothing).contains("there are no shops"), "{}", stderr(&nothing));
    assert!(on(&url, &["import", "osm", SAMPLE]).status.success());
    for (options, message) in [
        (
            ["--people", "2", "--reviews", "9999"],
            "--reviews 9999: 2 people can review 1072 shops 2144 times at the most",
        ),
        (["--people", "3", "--follows", "7"], "--follows 7: 3 people can follow each other 6 times at the most"),
        (["--people", "3", "--until", "soon"], "--until"),
        (["--people", "0", "--likes", "1"], "--people"),
    ] {
        let output = on(&url, &[&["seed"][..], &options].concat());
        assert!(!output.status.success() && stderr(&output).contains(message), "{options:?}: {}", stderr(&output));
    }
    assert_eq!(answer(&url, "select count(*)::text from users").await, "0");
}
