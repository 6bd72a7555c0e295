use db::redis::{Examination, RedisUrl};
use tests::{Redis, free_port};

#[test]
fn addresses_of_every_kind_are_understood() {
    for url in [
        "redis://localhost",
        "redis://localhost:6379/2",
        "redis://ada:hush-hush@[::1]:6379",
        "redis://:hush%20hush@localhost",
        "rediss://ada:hush-hush@redis.example.org",
        "redis+sentinel://one:26379,two:26379/linli",
        "rediss+sentinel://:hush-hush@one:26379/linli/3",
        "redis+cluster://ada:hush-hush@one:7000,two:7001,three",
    ] {
        assert!(url.parse::<RedisUrl>().is_ok(), "{url}");
    }
}

#[test]
fn other_addresses_are_refused_without_being_quoted() {
    for url in [
        "",
        "localhost",
        "http://ada:hush-hush@localhost",
        "redis://",
        "redis://ada:hush-hush@",
        "redis://ada:hush-hush@:6379",
        "redis://ada:hush-hush@localhost:hush-hush",
        "redis://ada:hush-hush@localhost/hush-hush",
        "redis://ada:hush-hush@one,two",
        "rediss://ada:hush-hush@localhost#insecure",
        "redis+sentinel://ada:hush-hush@one:26379",
        "redis+cluster://ada:hush-hush@one,,two",
        "redis+cluster://ada:hush-hush@one/1",
        "redis+nonsense://ada:hush-hush@one",
    ] {
        let refused = url.parse::<RedisUrl>().expect_err(url);
        assert!(refused.starts_with("expected redis://") && !refused.contains("hush-hush"), "{url}: {refused}");
    }
}

#[test]
fn an_address_is_not_shown() {
    let url: RedisUrl = "redis://ada:hush-hush@localhost".parse().expect("an address");
    assert_eq!(format!("{url:?}"), "RedisUrl(…)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_does_not_show_its_address() {
    let redis = Redis::start_with(&["--requirepass", "hush-hush"]).await;
    let url = format!("redis://:hush-hush@127.0.0.1:{}", redis.port);
    let memory = tests::memory(&url, "test").await;
    assert!(memory.redis().is_some_and(db::redis::Link::is_up), "the password is good");
    assert!(!format!("{memory:?}").contains("hush-hush"), "{memory:?}");
    let wrong = tests::memory(&redis.url(), "test").await;
    assert!(!wrong.redis().is_some_and(db::redis::Link::is_up), "a password is needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_examination_tells_what_is_to_be_mended() {
    let redis = Redis::start().await;
    let url = redis.url().parse().expect("an address");
    let found = Examination::of(&url).await.expect("an examination");
    assert!(found.is_recent && !found.is_valkey && !found.makes_room, "{found:?}");
    redis.ask(&["config", "set", "maxmemory", "100mb"]);
    redis.ask(&["config", "set", "maxmemory-policy", "allkeys-lru"]);
    assert!(Examination::of(&url).await.is_ok_and(|found| found.makes_room));
    let nobody = format!("redis://127.0.0.1:{}", free_port()).parse().expect("an address");
    assert!(Examination::of(&nobody).await.is_err());
}
