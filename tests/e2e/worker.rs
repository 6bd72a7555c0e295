//! `linli worker`, and what can be done about events by hand.

use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tests::{Client, TestApp, until};

use crate::program::{binary, run, stderr, stdout};

const FANS: i64 = 150;

/// A worker that is killed with the test, if not before.
pub(crate) struct Worker(Child);

impl Worker {
    fn start(app: &TestApp) -> Self {
        Self::run(linli(app, &["worker"]))
    }

    pub(crate) fn run(mut command: Command) -> Self {
        Self(command.stderr(Stdio::null()).spawn().expect("linli runs"))
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.0.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal is sent");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn linli(app: &TestApp, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(["--log", "warn"]).args(arguments).env("DATABASE_URL", &app.database_url);
    command
}

/// Makes everybody follow Ada, like her review and comment on it, with nobody to tell her.
async fn admire(app: &TestApp) -> db::UserId {
    let ada = app.user("ada").await;
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    let (ada_id, review_id) = (global(ada), global(review));
    for n in 0..FANS {
        let fan = app.user(&format!("fan_{n}")).await;
        let fan = app.as_user(fan);
        fan.mutate("setFollow", json!({ "userId": ada_id, "following": true }), "").await;
        fan.mutate("setLike", json!({ "subjectId": review_id, "liked": true }), "").await;
        fan.mutate("addComment", json!({ "reviewId": review_id, "body": "Well" }), "").await;
    }
    ada
}

fn global(id: impl api::global_id::GlobalId) -> Value {
    json!(api::global_id::encode(id).0)
}

async fn told(client: &Client<'_>) -> Value {
    let query = "{ viewer { notifications { unreadCount edges { node { kind actorCount } } } } }";
    let mut told = client.run(query, json!({})).await["viewer"]["notifications"].take();
    told["edges"].as_array_mut().expect("edges").sort_by_key(|edge| edge["node"]["kind"].to_string());
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_in_the_middle_loses_nothing_and_does_nothing_twice() {
    let app = TestApp::new().await;
    let ada = admire(&app).await;
    let all = app.count("events").await;
    for rest in [all - FANS / 2, all - FANS, all / 4] {
        let worker = Worker::start(&app);
        until("it works", async || (app.count("events").await <= rest).then_some(())).await;
        worker.signal("KILL");
    }
    assert!(app.count("events").await > 0, "it was killed too late");
    let (one, other) = (Worker::start(&app), Worker::start(&app));
    until("all is done", async || (app.count("events").await == 0).then_some(())).await;
    drop((one, other));
    let node = |kind: &str| json!({ "node": { "kind": kind, "actorCount": FANS } });
    let expected = json!({ "unreadCount": 3, "edges": [node("COMMENT"), node("FOLLOW"), node("LIKE")] });
    assert_eq!(told(&app.as_user(ada)).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_ends_when_it_is_asked_to_and_goes_on_when_postgresql_is_back() {
    let app = TestApp::new().await;
    let mut worker = Worker::start(&app);
    let follow = async |n: usize| {
        let (who, whom) = (app.user(&format!("fan_{n}")).await, app.user(&format!("star_{n}")).await);
        app.as_user(who).mutate("setFollow", json!({ "userId": global(whom), "following": true }), "").await;
        until("it is told", async || (app.count("events").await == 0).then_some(())).await;
    };
    follow(0).await;
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid()
        and query like '%events%' and application_name = ''";
    app.sql().await.query_one(cut, &[]).await.expect("connections are cut");
    follow(1).await;
    worker.signal("TERM");
    let status = until("it ends", async || worker.0.try_wait().expect("a status")).await;
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_were_given_up_are_listed_tried_again_and_dropped() {
    let app = TestApp::new().await;
    let events = |arguments: &[&str]| run(linli(&app, &[&["events"], arguments].concat()));
    assert_eq!(stdout(&events(&["status"])), "waiting 0\nparked  0\n");
    assert_eq!(stdout(&events(&["parked"])), "no event has been given up\n");
    let give_up = "insert into events (id, subject_id, kind, payload, attempts, parked_at, last_error)
        select gen_random_uuid(), gen_random_uuid(), 'moon_rose', '{}', 10, now(), 'nobody knows' from generate_series(1, 3)
        returning id::text";
    let id: String = app.sql().await.query(give_up, &[]).await.expect("events")[0].get(0);
    assert_eq!(stdout(&events(&["status"])), "waiting 0\nparked  3\n");
    let list = stdout(&events(&["parked", "--limit", "2"]));
    assert_eq!(list.matches("moon_rose {}\n  given up ").count(), 2, "{list}");
    assert!(list.contains("after 10 attempts: nobody knows"), "{list}");

    assert_eq!(stdout(&events(&["retry", &id])), "1 event to be tried again\n");
    assert!(stdout(&events(&["status"])).starts_with("waiting 1, the oldest for "));
    assert_eq!(stdout(&events(&["drop", "all"])), "2 events forgotten\n");
    let unknown = events(&["drop", &id]);
    assert_eq!((unknown.status.code(), stdout(&unknown)), (Some(1), String::new()));
    assert!(stderr(&unknown).contains(&id), "it waits, and is not dropped");
    let nonsense = events(&["retry", "some"]);
    assert_eq!(nonsense.status.code(), Some(2));
    assert!(stderr(&nonsense).contains("expected the id of an event, or `all`"), "{}", stderr(&nonsense));
}
