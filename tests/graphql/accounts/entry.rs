//! Signing up and logging in.

use serde_json::json;
use tests::{TestApp, until};

use super::{TOKENS, age, code, person, request_code, text};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_up_is_logged_in_and_can_log_in_again() {
    let app = TestApp::new().await;
    let signed_up = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    assert_eq!(signed_up["viewer"]["email"], "ada@example.org");
    assert_eq!(signed_up["viewer"]["emailConfirmed"], false);
    assert_eq!(signed_up["viewer"]["user"]["nickname"], "ada");
    assert_eq!(signed_up["viewer"]["sessions"], json!([{ "isCurrent": true }]));

    let input = json!({ "email": " Ada@Example.org ", "password": "correct horse" });
    let logged_in = app.anonymous().mutate("logIn", input, TOKENS).await;
    assert_eq!(logged_in["viewer"]["user"], signed_up["viewer"]["user"]);
    for tokens in [signed_up, logged_in] {
        let found =
            app.with_token(&text(&tokens["accessToken"])).run("{ viewer { user { handle } } }", json!({})).await;
        assert_eq!(found["viewer"]["user"]["handle"], "ada");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_with_a_sign_up_is_told_at_once() {
    let app = TestApp::new().await;
    let input = json!({ "email": "ada", "password": "seven77", "handle": "Ada Lovelace", "nickname": "\u{202e}", "device": "" });
    let reasons = app.anonymous().refused("signUp", input).await;
    let fields = ["email", "password", "handle", "nickname", "device"];
    assert_eq!(reasons, fields.map(|field| format!("BAD_INPUT input.{field}")));
    let long = json!({ "email": "a@b.org", "password": "x".repeat(129), "handle": "a".repeat(31), "nickname": "x".repeat(31), "device": "x".repeat(51) });
    let reasons = app.anonymous().refused("signUp", long).await;
    assert_eq!(reasons, ["password", "handle", "nickname", "device"].map(|field| format!("BAD_INPUT input.{field}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_belongs_to_one_person() {
    let app = TestApp::new().await;
    app.anonymous().mutate("signUp", person("ada"), "").await;
    let mut other = person("ADA");
    other["email"] = json!("eve@example.org");
    assert_eq!(app.anonymous().refused("signUp", other).await, ["CONFLICT input.handle"]);
    assert_eq!(
        app.anonymous().refused("logIn", json!({ "email": "eve@example.org", "password": "correct horse" })).await,
        ["CREDENTIALS_INVALID"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_stored_as_hashes_alone() {
    let app = TestApp::new().await;
    let tokens = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    request_code(&app.anonymous(), "ada@example.org").await;
    let code = code(&app, "ada@example.org").await;
    let stored =
        "select (select row_to_json(c) from credentials c)::text || (select row_to_json(s) from sessions s)::text
        || (select row_to_json(l) from login_codes l)::text || (select json_agg(e) from events e)::text";
    let stored: String = app.sql().await.query_one(stored, &[]).await.expect("rows").get(0);
    assert!(stored.contains("$argon2id$v=19$m=19456,t=2,p=1$"));
    for secret in ["correct horse", &code, &text(&tokens["refreshToken"]), &text(&tokens["accessToken"])] {
        assert!(!stored.contains(secret), "{secret} in {stored}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_long_over_is_forgotten() {
    let app = TestApp::new().await;
    app.anonymous().mutate("signUp", person("ada"), "").await;
    request_code(&app.anonymous(), "ada@example.org").await;
    assert_eq!(forget_old(&app).await, (0, 0));
    age(&app, "2 days 1 second").await;
    app.sql()
        .await
        .batch_execute("update sessions set revoked_at = now() - interval '31 days'")
        .await
        .expect("a statement");
    assert_eq!(forget_old(&app).await, (1, 1));
}

/// How many codes and sessions there were to forget.
async fn forget_old(app: &TestApp) -> (usize, usize) {
    let forgotten = api::upkeep::forget_old(&app.postgres).await.expect("upkeep");
    (forgotten.login_codes.expect("codes"), forgotten.sessions.expect("sessions"))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shares_a_claimed_address_logs_in_by_handle() {
    let app = TestApp::new().await;
    app.anonymous().mutate("signUp", person("ada"), "").await;
    let later = json!({ "email": "ada@example.org", "password": "battery staple", "handle": "eve" });
    app.anonymous().mutate("signUp", later, "").await;
    let log_in = |name: &str| json!({ "email": name, "password": "correct horse" });
    assert_eq!(app.anonymous().refused("logIn", log_in("ada@example.org")).await, ["CREDENTIALS_INVALID"]);
    let logged_in = app.anonymous().mutate("logIn", log_in(" @Ada "), TOKENS).await;
    assert_eq!(logged_in["viewer"]["user"]["handle"], "ada");
    for name in ["eve", "nobody"] {
        assert_eq!(app.anonymous().refused("logIn", log_in(name)).await, ["CREDENTIALS_INVALID"]);
    }
    for neither in ["no handle", "ada@", "@", "@ada@example.org@"] {
        let refused = app.anonymous().attempt("logIn", log_in(neither), "").await;
        let reasons = json!([{ "code": "BAD_INPUT", "field": ["input", "email"], "retryAfterMs": null,
            "message": "`email` is neither an e-mail address nor a handle" }]);
        assert_eq!(refused["userErrors"], reasons, "{neither}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_logging_in_while_the_password_changes_is_not_let_in() {
    let app = TestApp::new().await;
    app.anonymous().mutate("signUp", person("ada"), "").await;
    let (mut owner, watch) = (app.sql().await, app.sql().await);
    let pid: i32 = owner.query_one("select pg_backend_pid()", &[]).await.expect("a pid").get(0);
    let change = owner.transaction().await.expect("a transaction");
    change.batch_execute("update credentials set password_hash = 'another'").await.expect("a statement");

    let thief = app.anonymous();
    let log_in = thief.refused("logIn", json!({ "email": "ada@example.org", "password": "correct horse" }));
    let finish = async {
        let waiting = "select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))";
        until("the thief waits", async || watch.query_opt(waiting, &[&pid]).await.expect("an answer")).await;
        change.commit().await.expect("a commit");
    };
    let (refused, ()) = tokio::join!(log_in, finish);
    assert_eq!(refused, ["CREDENTIALS_INVALID"]);
    let sessions: i64 = watch.query_one("select count(*) from sessions", &[]).await.expect("a count").get(0);
    assert_eq!(sessions, 1, "but for the one that began with the account");
}
