//! Being told as it happens.

use db::LikeSubject;
use serde_json::{Value, json};
use tests::{Redis, Socket, TestApp};

use super::{follow, like};

const LIVE: &str = "subscription ($after: Cursor) { notificationAdded(after: $after) { cursor node { kind actors { handle } actorCount readAt } } }";

async fn told(socket: &mut Socket) -> (Value, String) {
    let mut told = socket.next("live").await["data"]["notificationAdded"].take();
    let node = &told["node"];
    let text = format!("{} by {} ({})", node["kind"], node["actors"][0]["handle"], node["actorCount"]).replace('"', "");
    (told["cursor"].take(), text)
}

/// Ada, with so many reviews for others to like.
async fn author(app: &TestApp, reviews: usize) -> (db::UserId, Vec<db::ReviewId>) {
    let ada = app.user("ada").await;
    let mut written = Vec::new();
    for n in 0..reviews {
        written.push(app.review(ada, app.shop(&format!("Place {n}")).await, 4).await);
    }
    (ada, written)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_is_told_at_once_and_each_thing_once() {
    let app = TestApp::new().await;
    let (ada, reviews) = author(&app, 1).await;
    let (bob, eve) = (app.user("bob").await, app.user("eve").await);
    follow(&app, bob, ada, true).await;
    app.work_off().await;
    let mut socket = app.socket_of(ada).await;
    socket.follow("live", LIVE, json!({})).await;
    like(&app, bob, LikeSubject::Review(reviews[0]), true).await;
    app.work_off().await;
    assert_eq!(told(&mut socket).await.1, "LIKE by bob (1)", "what was told before is not told again");
    like(&app, bob, LikeSubject::Review(reviews[0]), false).await;
    like(&app, eve, LikeSubject::Review(reviews[0]), true).await;
    app.work_off().await;
    assert_eq!(told(&mut socket).await.1, "LIKE by eve (1)");
    follow(&app, eve, ada, true).await;
    app.work_off().await;
    assert_eq!(told(&mut socket).await.1, "FOLLOW by eve (2)");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_told_what_they_missed() {
    let app = TestApp::new().await;
    let (ada, reviews) = author(&app, 4).await;
    let bob = app.user("bob").await;
    for &review in &reviews[..3] {
        like(&app, bob, LikeSubject::Review(review), true).await;
        app.work_off().await;
    }
    let list = "{ viewer { notifications { edges { cursor } } } }";
    let listed = app.as_user(ada).run(list, json!({})).await["viewer"]["notifications"]["edges"].take();
    let mut socket = app.socket_of(ada).await;
    socket.begin("live", LIVE, json!({ "after": listed[2]["cursor"] })).await;
    let cursors = [told(&mut socket).await.0, told(&mut socket).await.0];
    assert_eq!(cursors, [listed[1]["cursor"].clone(), listed[0]["cursor"].clone()]);
    like(&app, bob, LikeSubject::Review(reviews[3]), true).await;
    app.work_off().await;
    assert_eq!(told(&mut socket).await.1, "LIKE by bob (1)");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_never_told_anything_misses_nothing_either() {
    let app = TestApp::new().await;
    let (ada, reviews) = author(&app, 2).await;
    let (bob, eve) = (app.user("bob").await, app.user("eve").await);
    let cursor = async |arguments: &str| {
        let list = format!("{{ viewer {{ notifications{arguments} {{ streamCursor edges {{ cursor }} }} }} }}");
        app.as_user(ada).run(&list, json!({})).await["viewer"]["notifications"].take()
    };
    let empty = cursor("").await;
    for (fan, review) in [(bob, reviews[0]), (eve, reviews[1])] {
        like(&app, fan, LikeSubject::Review(review), true).await;
        app.work_off().await;
    }
    let mut socket = app.socket_of(ada).await;
    socket.begin("live", LIVE, json!({ "after": empty["streamCursor"] })).await;
    let said = [told(&mut socket).await, told(&mut socket).await].map(|(_, text)| text);
    assert_eq!(said, ["LIKE by bob (1)", "LIKE by eve (1)"]);

    let all = cursor("").await;
    assert_eq!(all["streamCursor"], all["edges"][0]["cursor"]);
    let further = format!("(after: {})", all["edges"][0]["cursor"]);
    for arguments in ["(unreadOnly: true)", &further] {
        assert_eq!(cursor(arguments).await["streamCursor"], Value::Null, "{arguments}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_wrong_cursors_are_refused() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    for (mut socket, variables, code) in [
        (app.socket().await, json!({}), "UNAUTHENTICATED"),
        (app.socket_of(ada).await, json!({ "after": "yesterday" }), "BAD_INPUT"),
    ] {
        socket.begin("live", LIVE, variables).await;
        assert_eq!(socket.next("live").await["errors"][0]["extensions"]["code"], code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missed_or_told_twice_though_sockets_and_servers_come_and_go() {
    let app = TestApp::new().await;
    const REVIEWS: usize = 40;
    let (ada, reviews) = author(&app, REVIEWS).await;
    let bob = app.user("bob").await;
    like(&app, bob, LikeSubject::Review(reviews[0]), true).await;
    app.work_off().await;
    let list = "{ viewer { notifications(first: 100) { edges { cursor } } } }";
    let listed = async || {
        let listed = app.as_user(ada).run(list, json!({})).await["viewer"]["notifications"]["edges"].take();
        listed.as_array().expect("edges").iter().rev().map(|edge| edge["cursor"].clone()).collect::<Vec<Value>>()
    };
    let mut cursors = listed().await;
    // No wake reaches this one: what it tells, it has found.
    let deaf = app.twin().await;
    let (worker, stop) = app.worker();
    let working = tokio::spawn(worker.run());
    let liking = async {
        for &review in &reviews[1..] {
            like(&app, bob, LikeSubject::Review(review), true).await;
        }
    };
    let listening = async {
        for turn in 0.. {
            let known = listed().await.len();
            let (server, most) = if turn % 2 == 0 { (&app, REVIEWS) } else { (&deaf, known) };
            let mut socket = server.socket_of(ada).await;
            socket.begin("live", LIVE, json!({ "after": cursors.last() })).await;
            for _ in cursors.len()..most.min(cursors.len() + 3) {
                cursors.push(told(&mut socket).await.0);
            }
            if cursors.len() == REVIEWS {
                break;
            }
        }
        cursors
    };
    let (cursors, ()) = tokio::join!(listening, liking);
    assert_eq!(cursors, listed().await);
    stop.now();
    working.await.expect("an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_at_one_server_is_told_at_another_also_after_redis_was_gone() {
    let mut redis = Redis::start().await;
    let here = TestApp::with_redis(&redis).await;
    let there = here.twin().await;
    let (ada, reviews) = author(&here, 3).await;
    let bob = here.user("bob").await;
    let mut socket = there.socket_of(ada).await;
    socket.follow("live", LIVE, json!({})).await;
    like(&here, bob, LikeSubject::Review(reviews[0]), true).await;
    here.work_off().await;
    assert_eq!(told(&mut socket).await.1, "LIKE by bob (1)");

    redis.kill();
    like(&here, bob, LikeSubject::Review(reviews[1]), true).await;
    here.work_off_once().await;
    redis.start_again().await;
    assert_eq!(told(&mut socket).await.1, "LIKE by bob (1)", "it is told once Redis is back");
    like(&here, bob, LikeSubject::Review(reviews[2]), true).await;
    here.work_off().await;
    assert_eq!(told(&mut socket).await.1, "LIKE by bob (1)");
}
