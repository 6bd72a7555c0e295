use tests::{connect, schema_of_its_own};

pub(crate) async fn migrated() -> tokio_postgres::Client {
    let url = schema_of_its_own().await;
    db::migrate(&url.parse().expect("an address")).await.expect("migrations");
    connect(&url).await
}

pub(crate) async fn names(client: &tokio_postgres::Client, query: &str) -> Vec<String> {
    let rows = client.query(query, &[]).await.expect("names");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_run_once() {
    let url = schema_of_its_own().await.parse().expect("an address");
    let all = db::pending(&url).await.expect("pending");
    assert!(!all.is_empty());
    assert_eq!(db::migrate(&url).await.expect("migrations").len(), all.len());
    assert!(db::migrate(&url).await.expect("migrations").is_empty());
    assert!(db::pending(&url).await.expect("pending").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_migrate_at_once_do_not_meet() {
    let url = schema_of_its_own().await.parse().expect("an address");
    let all = db::pending(&url).await.expect("pending").len();
    let (one, other) = tokio::join!(db::migrate(&url), db::migrate(&url));
    assert_eq!(one.expect("migrations").len() + other.expect("migrations").len(), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_can_be_taken_back() {
    let url = schema_of_its_own().await;
    db::migrate(&url.parse().expect("an address")).await.expect("migrations");
    let client = connect(&url).await;
    let mut folders: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../db/migrations"))
        .expect("migrations")
        .map(|folder| folder.expect("a folder").path())
        .collect();
    folders.sort();
    for folder in folders.iter().rev() {
        let down = std::fs::read_to_string(folder.join("down.sql")).expect("down.sql");
        client.batch_execute(&down).await.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    }
    let left =
        names(&client, "select relname::text from pg_class where relnamespace = current_schema()::regnamespace").await;
    assert!(left.iter().all(|name| name.starts_with("__diesel")), "{left:?}");
    for folder in &folders {
        let up = std::fs::read_to_string(folder.join("up.sql")).expect("up.sql");
        client.batch_execute(&up).await.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_foreign_key_has_an_index() {
    let client = migrated().await;
    let bare = names(
        &client,
        "select conname::text from pg_constraint
         where contype = 'f' and connamespace = current_schema()::regnamespace and not exists (
             select from pg_index where indrelid = conrelid and (indkey::smallint[])[0] = conkey[1])",
    )
    .await;
    assert!(bare.is_empty(), "without an index: {bare:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_has_a_name_of_its_own() {
    let client = migrated().await;
    let nameless = names(
        &client,
        "select conname::text from pg_constraint
         where connamespace = current_schema()::regnamespace and contype in ('c', 'f', 'u') and conname ~ '_(check|fkey|key)[0-9]*$'",
    )
    .await;
    assert!(nameless.is_empty(), "named by PostgreSQL: {nameless:?}");
}
