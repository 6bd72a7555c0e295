//! Rows that are kept, and whoever is too slow, or is cut short.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use db::{Conn, Kept, Memory, Result, RowId, Shop, ShopId};
use tests::{Redis, TestApp, a_prefix, remembering, until};
use tokio::sync::Semaphore;

async fn memory(redis: &Redis, prefix: &str) -> Memory {
    let config = db::Config { cache_mib: 1, ..remembering(&redis.url(), prefix) };
    Memory::connect(&config).await.expect("a memory")
}

/// How often somebody wanted to write a row to Redis.
fn fills(redis: &Redis) -> u64 {
    let stats = redis.ask(&["info", "commandstats"]);
    let calls = stats.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    calls.and_then(|calls| calls.split(',').next()?.parse().ok()).unwrap_or(0)
}

fn loaded(memory: &Memory) -> u64 {
    memory.rows.counts().iter().map(|(_, counts)| counts.loaded).sum()
}

async fn rename(app: &TestApp, shop: ShopId, name: &str) {
    app.execute(&format!("update shops set name = '{name}' where id = '{shop}'")).await;
}

async fn name<R: Named>(memory: &Memory, app: &TestApp, shop: ShopId) -> String {
    let found = memory.rows.find::<R>(&app.postgres, &[shop]).await.expect("rows");
    found[&shop].name().to_owned()
}

trait Named: Kept<Id = ShopId> {
    fn name(&self) -> &str;
}

impl Named for Shop {
    fn name(&self) -> &str {
        &self.name
    }
}

/// A shop that is loaded otherwise.
macro_rules! loaded_otherwise {
    ($row:ident, |$conn:ident, $ids:ident| $load:expr) => {
        #[derive(Clone, serde::Serialize, serde::Deserialize)]
        struct $row(Shop);

        impl Named for $row {
            fn name(&self) -> &str {
                &self.0.name
            }
        }

        impl Kept for $row {
            type Id = ShopId;

            fn id(&self) -> ShopId {
                self.0.id
            }

            fn of(row: RowId) -> Option<ShopId> {
                Shop::of(row)
            }

            async fn find_many($conn: &mut Conn, $ids: &[ShopId]) -> Result<Vec<Self>> {
                $load
            }
        }
    };
}

static LOADED: AtomicBool = AtomicBool::new(false);
static MAY_GO_ON: Semaphore = Semaphore::const_new(0);

loaded_otherwise!(Slow, |conn, ids| {
    let shops = Shop::find_many(conn, ids).await?;
    LOADED.store(true, Ordering::SeqCst);
    let _go_on = MAY_GO_ON.acquire().await.expect("it is never closed");
    Ok(shops.into_iter().map(Self).collect())
});

#[tokio::test(flavor = "multi_thread")]
async fn whoever_read_before_a_commit_does_not_bring_back_what_was_then() {
    let (redis, app, prefix) = (Redis::start().await, TestApp::new().await, a_prefix());
    let (writer, slow, other) =
        (memory(&redis, &prefix).await, memory(&redis, &prefix).await, memory(&redis, &prefix).await);
    let shop = app.shop("Noodles").await;
    let key = format!("{prefix}:shop:1:{shop}");
    let reading = async {
        assert_eq!(name::<Slow>(&slow, &app, shop).await, "Noodles", "it began before");
    };
    let writing = async {
        until("it was read", async || LOADED.load(Ordering::SeqCst).then_some(())).await;
        rename(&app, shop, "Dumplings").await;
        writer.rows.forget(&[shop.into()], None).await;
        // Who is slow has heard of it by now.
        slow.rows.forget(&[shop.into()], None).await;
        assert_eq!(
            name::<Shop>(&slow, &app, shop).await,
            "Dumplings",
            "who comes now does not wait for what began before"
        );
        until("it is in Redis", async || redis.ask(&["get", &key]).contains("Dumplings").then_some(())).await;
        writer.rows.forget(&[shop.into()], None).await;
        let before = fills(&redis);
        MAY_GO_ON.add_permits(1);
        before
    };
    let ((), before) = tokio::join!(reading, writing);
    until("who is slow writes to Redis", async || (fills(&redis) > before).then_some(())).await;
    assert_eq!(redis.ask(&["get", &key]), "");
    for _ in 0..20 {
        assert_eq!(name::<Shop>(&slow, &app, shop).await, "Dumplings", "in the process");
        assert_eq!(name::<Shop>(&other, &app, shop).await, "Dumplings", "in Redis");
    }
}

static ATTEMPTS: AtomicU32 = AtomicU32::new(0);
static PANIC: Semaphore = Semaphore::const_new(0);

loaded_otherwise!(Panicking, |conn, ids| {
    if ATTEMPTS.fetch_add(1, Ordering::SeqCst) == 0 {
        let _panic = PANIC.acquire().await.expect("it is never closed");
        panic!("whoever leads");
    }
    Ok(Shop::find_many(conn, ids).await?.into_iter().map(Self).collect())
});

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_somebody_who_panics_loads_by_themselves() {
    let app = TestApp::set_up(|setup| setup.database.cache_mib = 1).await;
    let shop = app.shop("Noodles").await;
    let (rows, postgres) = (app.memory.rows.clone(), app.postgres.clone());
    let leader = tokio::spawn(async move { rows.find::<Panicking>(&postgres, &[shop]).await.map(drop) });
    until("it leads", async || (ATTEMPTS.load(Ordering::SeqCst) == 1).then_some(())).await;
    let waiting = async { name::<Panicking>(&app.memory, &app, shop).await };
    let panicking = async {
        until("one waits", async || {
            let counts = app.memory.rows.counts();
            counts.iter().any(|(_, counts)| counts.waited == 1).then_some(())
        })
        .await;
        PANIC.add_permits(1);
    };
    let (name, ()) = tokio::join!(waiting, panicking);
    assert_eq!(name, "Noodles");
    assert!(leader.await.is_err_and(|error| error.is_panic()));
}

static FAILING: Semaphore = Semaphore::const_new(0);

loaded_otherwise!(Failing, |_conn, _ids| {
    let _fail = FAILING.acquire().await.expect("it is never closed");
    Err(db::Error::Forbidden)
});

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_somebody_who_fails_fails_too_and_the_cause_is_told_to_one() {
    let app = TestApp::set_up(|setup| setup.database.cache_mib = 1).await;
    let shop = ShopId::new();
    let find = async || app.memory.rows.find::<Failing>(&app.postgres, &[shop]).await.map(drop);
    let failing = async {
        until("one waits", async || {
            let counts = app.memory.rows.counts();
            counts.iter().any(|(_, counts)| counts.waited == 1).then_some(())
        })
        .await;
        FAILING.add_permits(1);
    };
    let (one, other, ()) = tokio::join!(find(), find(), failing);
    let both = (one.expect_err("a failure"), other.expect_err("a failure"));
    let is_right = matches!(
        both,
        (db::Error::Forbidden, db::Error::Unavailable(_)) | (db::Error::Unavailable(_), db::Error::Forbidden)
    );
    assert!(is_right, "{both:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_not_remember_all_that_redis_was_to_forget_does_not_ask_it() {
    let (mut redis, app, prefix) = (Redis::start().await, TestApp::new().await, a_prefix());
    let (one, other) = (memory(&redis, &prefix).await, memory(&redis, &prefix).await);
    let shop = app.shop("Noodles").await;
    redis.kill();
    let link = one.redis().expect("a link");
    until("it is away", async || (!link.is_up()).then_some(())).await;
    let many: Vec<RowId> = (0..100_001).map(|_| ShopId::new().into()).collect();
    one.rows.forget(&many, None).await;
    redis.start_again().await;
    until("it is found again", async || link.is_up().then_some(())).await;
    let other_link = other.redis().expect("a link");
    until("it is found again", async || other_link.is_up().then_some(())).await;

    let key = format!("{prefix}:shop:1:{shop}");
    until("the other puts it there", async || {
        name::<Shop>(&other, &app, shop).await;
        other.rows.forget(&[shop.into()], None).await;
        name::<Shop>(&other, &app, shop).await;
        redis.ask(&["get", &key]).contains("Noodles").then_some(())
    })
    .await;
    let before = loaded(&one);
    name::<Shop>(&one, &app, shop).await;
    assert_eq!(loaded(&one), before + 1, "it asks PostgreSQL");
}
