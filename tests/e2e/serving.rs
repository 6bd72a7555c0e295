use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{connect, schema_of_its_own, until};

use crate::command_line::SAMPLE;
use crate::program::{Server, linli, linli_in, run, stderr};

const OPEN_NEARBY: &str = "{ searchShops(filter: {near: {center: {lat: 60.1699, lng: 24.9384}, radiusMeters: 800}, openNow: true},
    orderBy: DISTANCE, first: 5) { edges { distanceMeters node { name category { name } openingHours { isOpenNow nextChangeAt }
    rating { average count } reviews(first: 3) { edges { node { rating body author { nickname } } } } } } } }";

async fn ask(server: &Server, query: &str) -> Value {
    let response = reqwest::Client::new()
        .post(format!("{}/graphql", server.address))
        .json(&json!({ "query": query }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    let answer: Value = response.json().await.expect("JSON");
    assert!(answer["errors"].is_null(), "{answer:#}");
    answer["data"].clone()
}

#[tokio::test]
async fn the_first_start_serves_real_places_and_a_kill_loses_nothing() {
    let folder = TempDir::new().expect("a folder");
    let mut server = Server::private(folder.path(), &[]);

    let found = ask(&server, OPEN_NEARBY).await;
    let edges = found["searchShops"]["edges"].as_array().expect("edges");
    assert!(!edges.is_empty(), "something is open in Helsinki at any time");
    let distances: Vec<f64> = edges.iter().map(|edge| edge["distanceMeters"].as_f64().expect("a distance")).collect();
    assert!(distances.is_sorted() && distances[distances.len() - 1] <= 800.0, "{distances:?}");
    assert!(edges.iter().all(|edge| edge["node"]["openingHours"]["isOpenNow"] == true));
    let reviewed =
        "{ searchShops(orderBy: REVIEW_COUNT, first: 1) { totalCount edges { node { name rating { count average }
        reviews(first: 3) { edges { node { rating body author { nickname } } } } } } } }";
    let before = ask(&server, reviewed).await;
    assert!(before["searchShops"]["totalCount"].as_i64() > Some(1_000));
    assert!(before["searchShops"]["edges"][0]["node"]["rating"]["count"].as_i64() > Some(3));

    server.signal("KILL");
    server.ended();
    let mut server = Server::private(folder.path(), &[]);
    assert_eq!(ask(&server, reviewed).await, before);
    server.signal("TERM");
    assert!(server.ended().success());
}

#[tokio::test]
async fn a_first_start_that_was_cut_short_is_finished_by_the_next() {
    let folder = TempDir::new().expect("a folder");
    let mut import = linli(&["import", "osm", SAMPLE, "--data-dir"]);
    import.arg(folder.path());
    assert!(run(import).status.success());
    let people = "{ searchShops { totalCount } trendingReviews(window: MONTH) { totalCount } }";

    let server = Server::private(folder.path(), &[]);
    let own = ask(&server, people).await;
    assert_eq!(own["searchShops"]["totalCount"], 1072);
    assert_eq!(own["trendingReviews"]["totalCount"], 0, "an import of one's own is left alone");
    drop(server);
    // As the first start leaves it until the sample is whole.
    std::fs::write(folder.path().join("sample-unfinished"), "").expect("a file");
    let server = Server::private(folder.path(), &[]);
    assert!(ask(&server, people).await["trendingReviews"]["totalCount"].as_i64() > Some(0));
    assert!(!folder.path().join("sample-unfinished").exists());
}

#[tokio::test]
async fn a_postgresql_that_is_killed_comes_back_by_itself() {
    let folder = TempDir::new().expect("a folder");
    let mut server = Server::private(folder.path(), &["--no-sample"]);
    let query = "{ searchShops { totalCount } }";
    ask(&server, query).await;

    let pid = || {
        let file = std::fs::read_to_string(folder.path().join("postgres/postmaster.pid")).ok()?;
        file.lines().next().map(str::to_owned)
    };
    let killed = pid().expect("a pid");
    assert!(std::process::Command::new("kill").args(["-KILL", &killed]).status().expect("kill").success());

    until("there is another server", async || pid().filter(|pid| *pid != killed)).await;
    let url = format!("{}/health/ready", server.address);
    until("it is ready", async || reqwest::get(&url).await.ok().filter(|answer| answer.status() == 200)).await;
    ask(&server, query).await;
    server.signal("INT");
    assert!(server.ended().success());
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_before_anything_is_made() {
    let folder = TempDir::new().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    // Without a command, it serves.
    let mut command = linli(&["--listen", &address, "--data-dir"]);
    command.arg(folder.path().join("new"));
    let output = run(command);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains(&format!("can't listen at {address}")), "{}", stderr(&output));
    assert!(!folder.path().join("new").exists());
}

#[tokio::test]
async fn without_a_signing_key_a_given_database_is_not_even_opened() {
    let mut command = linli(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("DATABASE_URL", "postgres://ada@127.0.0.1:1/linli");
    let output = run(command);
    assert_eq!(output.status.code(), Some(1));
    for named in ["--signing-key", "LINLI_SIGNING_KEY", "`openssl genpkey -algorithm ed25519 -out FILE`"] {
        assert!(stderr(&output).contains(named), "{}", stderr(&output));
    }
}

#[tokio::test]
async fn keys_that_are_none_are_named_before_anything_is_made() {
    let folder = TempDir::new().expect("a folder");
    let missing = folder.path().join("missing.pem");
    let mut command = linli(&["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
    command.arg(folder.path().join("new")).arg("--signing-key").arg(&missing);
    let output = run(command);
    assert_eq!(output.status.code(), Some(1));
    let named = format!("the signing key {}: can't be read", missing.display());
    assert!(stderr(&output).contains(&named), "{}", stderr(&output));
    assert!(!folder.path().join("new").exists());
}

#[tokio::test]
async fn two_servers_do_not_fight_over_one_folder() {
    let folder = TempDir::new().expect("a folder");
    let server = Server::private(folder.path(), &["--no-sample"]);
    let mut second = linli(&["serve", "--listen", "127.0.0.1:0", "--no-sample", "--data-dir"]);
    second.arg(folder.path());
    let second = run(second);
    assert_eq!(second.status.code(), Some(1));
    assert!(stderr(&second).contains(&server.process.id().to_string()), "{}", stderr(&second));
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_server_stops() {
    let url = schema_of_its_own().await;
    let mut server = Server::on(&url);

    let blocker = connect(&url).await;
    blocker.batch_execute("begin; lock table shops in access exclusive mode").await.expect("a lock");
    let address = server.address.clone();
    let request = tokio::spawn(async move {
        let body = json!({ "query": "{ searchShops { totalCount } }" });
        let response = reqwest::Client::new().post(format!("{address}/graphql")).json(&body).send().await;
        response.expect("an answer").json::<Value>().await.expect("JSON")
    });
    wait_until_blocked(&connect(&url).await).await;
    server.signal("TERM");
    wait_until_refused(&server.address).await;
    blocker.batch_execute("commit").await.expect("the lock is released");

    assert_eq!(request.await.expect("no panic"), json!({ "data": { "searchShops": { "totalCount": 0 } } }));
    assert!(server.ended().success());
}

#[tokio::test]
async fn health_follows_the_database() {
    let folder = TempDir::new().expect("a folder");
    let owner = Server::private(folder.path(), &["--no-sample"]);
    let url = linli_in(folder.path(), &["postgres", "--", "sh", "-c", "printf %s \"$DATABASE_URL\""]);
    let server = Server::on(&url);
    let health = |path: &'static str| {
        let url = format!("{}{path}", server.address);
        async move { reqwest::get(url).await.expect("an answer").status().as_u16() }
    };
    assert_eq!((health("/health/live").await, health("/health/ready").await), (200, 200));
    drop(owner);
    assert_eq!((health("/health/live").await, health("/health/ready").await), (200, 503));

    let listen = server.address.trim_start_matches("http://").to_owned();
    let not_ready = run(linli(&["healthcheck", "--listen", &listen]));
    assert_eq!(not_ready.status.code(), Some(1));
    assert!(stderr(&not_ready).contains("503"), "{}", stderr(&not_ready));
    let owner = Server::private(folder.path(), &["--no-sample"]);
    assert!(run(linli(&["healthcheck", "--listen", &listen])).status.success());
    drop((server, owner));
    let gone = run(linli(&["healthcheck", "--listen", &listen]));
    assert!(stderr(&gone).contains("nothing listens at"), "{}", stderr(&gone));
}

async fn wait_until_blocked(client: &tokio_postgres::Client) {
    let waiting = "select count(*) from pg_locks where relation = 'shops'::regclass and not granted";
    let count = async || client.query_one(waiting, &[]).await.expect("a count").get::<_, i64>(0);
    until("the request waits for the lock", async || (count().await > 0).then_some(())).await;
}

async fn wait_until_refused(address: &str) {
    let address = address.trim_start_matches("http://");
    until("the port is closed", async || tokio::net::TcpStream::connect(address).await.err()).await;
}
