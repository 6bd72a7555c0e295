use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;
use tests::{connect, schema_of_its_own};

use crate::program::{linli, run, stderr, stdout};

pub(crate) const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../db/sample/helsinki.osm.pbf");

pub(crate) fn on(url: &str, arguments: &[&str]) -> Output {
    let mut command: Command = linli(arguments);
    command.env("DATABASE_URL", url);
    run(command)
}

async fn count(url: &str, table: &str) -> i64 {
    let row = connect(url).await.query_one(&format!("select count(*) from {table}"), &[]).await.expect("a count");
    row.get(0)
}

#[tokio::test]
async fn an_extract_is_imported_once_and_then_kept_up_to_date() {
    let url = schema_of_its_own().await;
    let first = on(&url, &["import", "osm", SAMPLE]);
    assert!(first.status.success(), "{}", stderr(&first));
    for line in [
        "read      24260 nodes, 5130 ways, 620 relations",
        "imported  1072 new, 0 updated, 0 unchanged",
        "skipped   856 of no category, 51 without a name",
        "kept as text, since nobody can read them: 10 opening hours",
        "node/6385560504 COS: `Mo-Fr 10:00-20:00, Sa 10-18, Su 12-18` is not understood",
    ] {
        assert!(stderr(&first).contains(line), "{line} is not in\n{}", stderr(&first));
    }
    assert_eq!(count(&url, "shops").await, 1072);
    assert_eq!(count(&url, "shops where opening_hours is not null").await, 511);
    assert_eq!(count(&url, "opening_times").await, 511);

    let client = connect(&url).await;
    let changed = "update shops set name = 'Changed', opening_hours = 'off' where osm_id = 'node/6385560504'";
    client.batch_execute(changed).await.expect("a change");
    let second = on(&url, &["import", "osm", SAMPLE]);
    assert!(stderr(&second).contains("imported  0 new, 1 updated, 1071 unchanged"), "{}", stderr(&second));
    assert_eq!(count(&url, "shops where name = 'Changed'").await, 0);
    assert_eq!(count(&url, "opening_times").await, 511);

    let claimed = "insert into users (id, handle, nickname) values (gen_random_uuid(), 'owner', 'Owner');
        update shops set name = 'Mine', owner_id = (select id from users) where osm_id = 'node/6385560504'";
    client.batch_execute(claimed).await.expect("an owner");
    let third = on(&url, &["import", "osm", SAMPLE]);
    assert!(stderr(&third).contains("1 left alone, since they have an owner"), "{}", stderr(&third));
    assert_eq!(count(&url, "shops where name = 'Mine'").await, 1);
}

#[tokio::test]
async fn a_broken_extract_is_named_and_changes_nothing() {
    let url = schema_of_its_own().await;
    let folder = TempDir::new().expect("a folder");
    let whole = fs::read(SAMPLE).expect("the sample");
    let mut flipped = whole.clone();
    flipped[400_000] ^= 0xff;
    for (name, bytes, reason) in [
        ("truncated.osm.pbf", &whole[..500_000], "cut off"),
        ("empty.osm.pbf", &[][..], "empty"),
        ("text.osm.pbf", b"<osm version=\"0.6\"></osm>", "not an"),
        ("flipped.osm.pbf", &flipped, "damaged"),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, bytes).expect("a file");
        let output = on(&url, &["import", "osm", file.to_str().expect("text")]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let told = stderr(&output).to_lowercase();
        assert!(told.contains(name) && told.contains(reason), "{name}: {told}");
        assert_eq!(count(&url, "shops").await, 0, "{name}");
    }
    let missing = on(&url, &["import", "osm", "/nowhere/at-all.osm.pbf"]);
    assert!(stderr(&missing).contains("/nowhere/at-all.osm.pbf"), "{}", stderr(&missing));
}

#[tokio::test]
async fn a_user_becomes_a_merchant_who_owns_shops() {
    let url = schema_of_its_own().await;
    assert!(on(&url, &["import", "osm", SAMPLE]).status.success());
    let client = connect(&url).await;
    let people = "insert into users (id, handle, nickname) values (gen_random_uuid(), 'ada', 'Ada')";
    client.batch_execute(people).await.expect("a user");
    let row = client.query_one("select id::text, name from shops limit 1", &[]).await.expect("a shop");
    let shop: db::ShopId = row.get::<_, String>(0).parse().expect("an id");
    let (id, name) = (api::global_id::encode(shop).0, row.get::<_, String>(1));
    let nowhere = api::global_id::encode(db::ShopId::new()).0;
    let category = api::global_id::encode(db::CategoryId::new()).0;

    for (arguments, code, reason) in [
        (&["nobody", "merchant"][..], 1, "there is no user with the handle `nobody`".to_owned()),
        (&["ada", "emperor"], 2, "[possible values: user, merchant, moderator]".to_owned()),
        (&["ada", "merchant", "--shop", "nonsense"], 2, "is not an id of this API".to_owned()),
        (&["ada", "merchant", "--shop", &category], 2, "is not the id of a shop".to_owned()),
        (&["ada", "merchant", "--shop", &id, "--shop", &nowhere], 1, format!("there is no shop {nowhere}\n")),
        (&["ada", "moderator", "--shop", &id], 1, "only a merchant can own shops".to_owned()),
    ] {
        let output = on(&url, &[&["role"], arguments].concat());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(stderr(&output).contains(&reason), "{arguments:?}: {}", stderr(&output));
        assert_eq!(count(&url, "users where role <> 'user'").await, 0, "{arguments:?}");
    }

    let merchant = on(&url, &["role", "ada", "merchant", "--shop", &id]);
    assert_eq!(stdout(&merchant), format!("ada is a merchant\nowns {id} {name}\n"));
    let again = on(&url, &["role", "ada", "merchant"]);
    assert_eq!(stdout(&again), stdout(&merchant), "what they own stays theirs");
    assert_eq!(count(&url, "users join shops on owner_id = users.id where role = 'merchant'").await, 1);

    assert_eq!(stdout(&on(&url, &["role", "ada", "user"])), "ada is a user\n");
    assert_eq!(count(&url, "shops where owner_id is not null").await, 0);
}

#[tokio::test]
async fn bad_options_are_named() {
    for (arguments, expected) in [
        (&["serve", "--listen", "nonsense"][..], "--listen <ADDRESS>"),
        (&["serve", "--max-body-bytes", "1"], "--max-body-bytes"),
        (&["serve", "--mail-from", "nonsense"], "--mail-from <MAILBOX>"),
        (&["serve", "--smtp-url", "nonsense"], "--smtp-url <URL>"),
        (&["doctor", "--smtp-url", "nonsense"], "LINLI_SMTP_URL"),
        (&["serve", "--smtp-url", "smtp://localhost", "--log-mail"], "exclude each other"),
        (&["--database-pool-size", "0", "migrate"], "--database-pool-size"),
        (&["--redis-url", "nonsense", "migrate"], "--redis-url <URL>"),
        (&["--redis-prefix", "{linli}", "migrate"], "--redis-prefix"),
        (&["--log", "nonsense=[", "migrate"], "--log"),
        (&["import", "osm"], "<FILE>"),
        (&["nonsense"], "nonsense"),
    ] {
        let output = run(linli(arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(expected), "{arguments:?}: {}", stderr(&output));
    }
}

#[tokio::test]
async fn a_password_in_an_address_is_never_shown() {
    for url in [
        "postgres://ada:hush-hush@127.0.0.1:1/linli",
        "postgres://ada:hush-hush@[bad",
        "mysql://ada:hush-hush@localhost/linli",
    ] {
        for arguments in [&["migrate"][..], &["doctor"], &["--log", "trace", "migrate"], &["--help"]] {
            let output = on(url, arguments);
            let said = stdout(&output) + &stderr(&output);
            assert!(!said.contains("hush-hush"), "{url} {arguments:?}: {said}");
            assert_eq!(output.status.success(), arguments == ["--help"], "{url} {arguments:?}");
        }
    }
}

#[tokio::test]
async fn a_password_of_the_mail_server_is_never_shown() {
    for url in ["smtp://ada:hush-hush@127.0.0.1:1", "http://ada:hush-hush@localhost", "smtps://ada:hush-hush@[bad"] {
        for arguments in [&["serve", "--data-dir", "/dev/null/nowhere"][..], &["serve", "--help"]] {
            let mut command = linli(arguments);
            command.args(["--listen", "127.0.0.1:0", "--log", "trace"]).env("LINLI_SMTP_URL", url);
            let output = run(command);
            let said = stdout(&output) + &stderr(&output);
            assert!(!said.contains("hush-hush"), "{url} {arguments:?}: {said}");
        }
    }
}

#[tokio::test]
async fn the_doctor_says_what_to_do() {
    let url = schema_of_its_own().await;
    let before = on(&url, &["doctor", "--listen", "127.0.0.1:0"]);
    assert_eq!(before.status.code(), Some(1), "there is no signing key");
    assert!(
        stdout(&before).contains("MEND  signing key: with DATABASE_URL, --signing-key (LINLI_SIGNING_KEY) must name"),
        "{}",
        stdout(&before)
    );
    assert!(stdout(&before).contains("ok    migrations: to be run at the next start"), "{}", stdout(&before));
    assert!(stdout(&before).contains("ok    mail: off, and codes by e-mail with it"), "{}", stdout(&before));

    assert!(on(&url, &["migrate"]).status.success());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let after = on(&url, &["doctor", "--listen", &address]);
    assert!(stdout(&after).contains("ok    migrations: up to date"), "{}", stdout(&after));
    assert!(stdout(&after).contains(&format!("MEND  address: {address}")), "{}", stdout(&after));

    let nowhere = on("postgres://ada@127.0.0.1:1/linli", &["doctor"]);
    assert!(stdout(&nowhere).contains("MEND  PostgreSQL"), "{}", stdout(&nowhere));
}

#[tokio::test]
async fn a_folder_without_postgresql_is_named() {
    let folder = TempDir::new().expect("a folder");
    let mut command = linli(&["serve", "--listen", "127.0.0.1:0", "--postgres-bin", "/nowhere", "--data-dir"]);
    command.arg(folder.path()).env("PATH", "/nowhere");
    let output = run(command);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("/nowhere"), "{}", stderr(&output));
}

#[tokio::test]
async fn schema_and_completions_go_to_standard_output() {
    let schema = run(linli(&["schema"]));
    assert!(stdout(&schema).contains("type Query {") && stderr(&schema).is_empty());
    for shell in ["bash", "zsh", "fish"] {
        assert!(stdout(&run(linli(&["completions", shell]))).contains("healthcheck"), "{shell}");
    }
}

#[tokio::test]
async fn a_command_is_run_on_the_private_server() {
    let folder = TempDir::new().expect("a folder");
    let mut command = linli(&["--data-dir"]);
    command.arg(folder.path()).args([
        "postgres",
        "--",
        "sh",
        "-c",
        "psql \"$DATABASE_URL\" -Atc 'select 6 * 7'; exit 3",
    ]);
    let output = run(command);
    assert_eq!((stdout(&output).trim(), output.status.code()), ("42", Some(3)));
}
