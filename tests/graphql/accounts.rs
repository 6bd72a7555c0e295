//! Signing up, logging in, logging out.

use serde_json::{Value, json};
use tests::{Client, TestApp};

use crate::nodes::global;

const TOKENS: &str = "accessToken refreshToken expiresAt viewer { email emailConfirmed user { id handle nickname } }";

fn person(handle: &str) -> Value {
    json!({ "email": format!("{handle}@example.org"), "password": "correct horse", "handle": handle, "device": "Laptop" })
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The code of the newest mail to somebody.
async fn code(app: &TestApp, email: &str) -> String {
    let mail = app.mail_to(email).await;
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    mail.body.split_whitespace().find(is_code).expect("a code").to_owned()
}

async fn request_code(client: &Client<'_>, email: &str) -> Value {
    client.mutate("requestLoginCode", json!({ "email": email }), "expiresAt resendAfter").await
}

/// Makes everything about codes so much older.
async fn age(app: &TestApp, interval: &str) {
    let statement = format!(
        "update login_codes set sent_at = sent_at - interval '{interval}', expires_at = expires_at - interval '{interval}',
         counting_since = counting_since - interval '{interval}'"
    );
    app.sql().await.batch_execute(&statement).await.expect("a statement");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_up_is_logged_in_and_can_log_in_again() {
    let app = TestApp::new().await;
    let signed_up = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    assert_eq!(signed_up["viewer"]["email"], "ada@example.org");
    assert_eq!(signed_up["viewer"]["emailConfirmed"], false);
    assert_eq!(signed_up["viewer"]["user"]["nickname"], "ada");

    let input = json!({ "email": " Ada@Example.org ", "password": "correct horse" });
    let logged_in = app.anonymous().mutate("logIn", input, TOKENS).await;
    assert_eq!(logged_in["viewer"], signed_up["viewer"]);
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
async fn no_answer_tells_whether_an_address_has_an_account() {
    let app = TestApp::new().await;
    app.anonymous().mutate("signUp", person("ada"), "").await;
    request_code(&app.anonymous(), "ada@example.org").await;
    let confirmed = json!({ "email": "ada@example.org", "code": code(&app, "ada@example.org").await });
    app.anonymous().mutate("logInWithCode", confirmed, "").await;
    app.anonymous().mutate("signUp", person("bob"), "").await;

    let (owned, claimed, unknown) = ("ada@example.org", "bob@example.org", "eve@example.org");
    let log_in = async |email: &str| {
        app.anonymous().attempt("logIn", json!({ "email": email, "password": "wrong horse" }), TOKENS).await
    };
    let statements = async |email: &str| {
        let input = json!({ "input": { "email": email, "password": "wrong horse" } });
        app.anonymous().statements(&tests::document("logIn", ""), input).await
    };
    let wrong_code = async |email: &str| {
        app.anonymous().attempt("logInWithCode", json!({ "email": email, "code": "000000" }), TOKENS).await
    };
    let mut shapes = Vec::new();
    for email in [owned, claimed, unknown] {
        request_code(&app.anonymous(), email).await;
        let throttled = app.anonymous().attempt("requestLoginCode", json!({ "email": email }), "").await;
        assert!(throttled["userErrors"][0]["retryAfterMs"].as_i64() > Some(50_000));
        let throttled = throttled["userErrors"][0]["message"].clone();
        shapes.push((log_in(email).await, statements(email).await, wrong_code(email).await, throttled));
    }
    assert_eq!(shapes[0], shapes[2]);
    assert_eq!(shapes[1], shapes[2]);

    // A second account with the same address is made as any other, and logs in as any other.
    for (n, email) in [owned, claimed, unknown].into_iter().enumerate() {
        let mut input = person(&format!("squatter_{n}"));
        input["email"] = json!(email);
        input["password"] = json!("wrong horse");
        let made = app.anonymous().mutate("signUp", input, "viewer { email emailConfirmed }").await;
        assert_eq!(made["viewer"], json!({ "email": email, "emailConfirmed": false }));
        let logged_in =
            app.anonymous().mutate("logIn", json!({ "email": email, "password": "wrong horse" }), TOKENS).await;
        assert_eq!(logged_in["viewer"]["user"]["handle"], format!("squatter_{n}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_to_an_address_gets_no_mail() {
    let app = TestApp::new().await;
    app.anonymous().mutate("signUp", person("ada"), "").await;
    request_code(&app.anonymous(), "eve@example.org").await;
    request_code(&app.anonymous(), "ada@example.org").await;
    app.mail_to("ada@example.org").await;
    assert_eq!(app.mails_to("eve@example.org"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_belongs_to_whoever_confirms_it() {
    let app = TestApp::new().await;
    let mallory = app
        .anonymous()
        .mutate("signUp", json!({ "email": "ada@example.org", "password": "mallory's", "handle": "mallory" }), TOKENS)
        .await;
    let ada = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    let ada = app.with_token(&text(&ada["accessToken"]));
    request_code(&ada, "ada@example.org").await;
    let code = code(&app, "ada@example.org").await;
    assert_eq!(ada.refused("confirmEmail", json!({ "code": "12345" })).await, ["BAD_INPUT input.code"]);
    let confirmed = ada.mutate("confirmEmail", json!({ "code": code }), "viewer { emailConfirmed }").await;
    assert_eq!(confirmed["viewer"]["emailConfirmed"], true);
    assert_eq!(ada.refused("confirmEmail", json!({ "code": code })).await, ["CODE_INVALID input.code"]);

    age(&app, "2 minutes").await;
    request_code(&app.anonymous(), "ada@example.org").await;
    let code = self::code(&app, "ada@example.org").await;
    let mallory = app.with_token(&text(&mallory["accessToken"]));
    let refused = mallory.attempt("confirmEmail", json!({ "code": code }), "").await;
    assert_eq!(refused["userErrors"][0]["code"], "CONFLICT");
    let logged_in =
        app.anonymous().mutate("logInWithCode", json!({ "email": "ada@example.org", "code": code }), TOKENS).await;
    assert_eq!(logged_in["viewer"]["user"]["handle"], "ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_receives_the_code_takes_a_mere_claim_over() {
    let app = TestApp::new().await;
    let mallory = app
        .anonymous()
        .mutate("signUp", json!({ "email": "ada@example.org", "password": "mallory's", "handle": "mallory" }), TOKENS)
        .await;
    request_code(&app.anonymous(), "ada@example.org").await;
    let input = json!({ "email": "ada@example.org", "code": code(&app, "ada@example.org").await });
    let ada = app.anonymous().mutate("logInWithCode", input.clone(), TOKENS).await;
    assert_eq!(ada["viewer"]["emailConfirmed"], true);

    assert_eq!(
        app.anonymous().refused("logInWithCode", input).await,
        ["CODE_INVALID input.code"],
        "a code is good once"
    );
    let refresh = json!({ "refreshToken": mallory["refreshToken"] });
    assert_eq!(app.anonymous().refused("refreshSession", refresh).await, ["CREDENTIALS_INVALID input.refreshToken"]);
    let log_in = json!({ "email": "ada@example.org", "password": "mallory's" });
    assert_eq!(app.anonymous().refused("logIn", log_in).await, ["CREDENTIALS_INVALID"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced_by_a_code_which_logs_out_everywhere() {
    let app = TestApp::new().await;
    let before = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    request_code(&app.anonymous(), "ada@example.org").await;
    let input = json!({ "email": "ada@example.org", "code": code(&app, "ada@example.org").await, "newPassword": "battery staple" });
    app.anonymous().mutate("logInWithCode", input, "").await;

    let refresh = json!({ "refreshToken": before["refreshToken"] });
    assert_eq!(app.anonymous().refused("refreshSession", refresh).await, ["CREDENTIALS_INVALID input.refreshToken"]);
    let log_in = |password: &str| json!({ "email": "ada@example.org", "password": password });
    assert_eq!(app.anonymous().refused("logIn", log_in("correct horse")).await, ["CREDENTIALS_INVALID"]);
    app.anonymous().mutate("logIn", log_in("battery staple"), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_ten_minutes_and_five_attempts() {
    let app = TestApp::new().await;
    app.anonymous().mutate("signUp", person("ada"), "").await;
    let log_in = async |code: &str| {
        let payload =
            app.anonymous().attempt("logInWithCode", json!({ "email": "ada@example.org", "code": code }), "").await;
        payload["userErrors"].as_array().expect("reasons").is_empty()
    };
    request_code(&app.anonymous(), "ada@example.org").await;
    let late = code(&app, "ada@example.org").await;
    age(&app, "10 minutes").await;
    assert!(!log_in(&late).await, "ten minutes are over");

    request_code(&app.anonymous(), "ada@example.org").await;
    let right = code(&app, "ada@example.org").await;
    let wrong = if right == "123456" { "654321" } else { "123456" };
    // All at once: none must slip through between the count and the check.
    let guesses = futures_util::future::join_all((0..8).map(|_| log_in(wrong))).await;
    assert!(guesses.iter().all(|guessed| !guessed));
    assert!(!log_in(&right).await, "five attempts are over");

    age(&app, "1 minute").await;
    request_code(&app.anonymous(), "ada@example.org").await;
    let next = code(&app, "ada@example.org").await;
    for _ in 0..4 {
        assert!(!log_in(wrong).await);
    }
    assert!(log_in(&next).await, "the fifth attempt counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_sent_once_a_minute_and_ten_times_a_day() {
    let app = TestApp::new().await;
    app.anonymous().mutate("signUp", person("ada"), "").await;
    let input = json!({ "email": "ada@example.org" });
    for _ in 0..10 {
        request_code(&app.anonymous(), "ada@example.org").await;
        assert_eq!(app.anonymous().refused("requestLoginCode", input.clone()).await, ["CODE_THROTTLED input.email"]);
        age(&app, "1 minute").await;
    }
    let throttled = app.anonymous().attempt("requestLoginCode", input.clone(), "").await;
    let wait = throttled["userErrors"][0]["retryAfterMs"].as_i64().expect("a time");
    assert!((85_000_000..86_400_000).contains(&wait), "{wait}");
    age(&app, "24 hours").await;
    request_code(&app.anonymous(), "ada@example.org").await;
    age(&app, "1 minute").await;
    request_code(&app.anonymous(), "ada@example.org").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_requested_at_the_same_time_are_one() {
    let app = TestApp::new().await;
    let client = app.anonymous();
    let input = json!({ "email": "ada@example.org" });
    let all = (0..6).map(|_| client.attempt("requestLoginCode", input.clone(), "expiresAt"));
    let answers = futures_util::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer["expiresAt"].is_string()).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_by_refreshing_it() {
    let app = TestApp::new().await;
    let first = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    let second =
        app.anonymous().mutate("refreshSession", json!({ "refreshToken": first["refreshToken"] }), TOKENS).await;
    assert_eq!(second["viewer"], first["viewer"]);
    assert_ne!(second["refreshToken"], first["refreshToken"]);
    app.anonymous().mutate("refreshSession", json!({ "refreshToken": second["refreshToken"] }), TOKENS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_comes_twice_ends_the_session_for_thief_and_owner() {
    let app = TestApp::new().await;
    let first = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    let elsewhere = app
        .anonymous()
        .mutate("logIn", json!({ "email": "ada@example.org", "password": "correct horse" }), TOKENS)
        .await;
    let refresh = |tokens: &Value| json!({ "refreshToken": tokens["refreshToken"] });
    let second = app.anonymous().mutate("refreshSession", refresh(&first), TOKENS).await;
    let third = app.anonymous().mutate("refreshSession", refresh(&second), TOKENS).await;
    for stolen in [&first, &third] {
        let reasons = app.anonymous().refused("refreshSession", refresh(stolen)).await;
        assert_eq!(reasons, ["CREDENTIALS_INVALID input.refreshToken"]);
    }
    app.anonymous().mutate("refreshSession", refresh(&elsewhere), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_refresh_at_the_same_time_one_wins_and_the_session_ends() {
    let app = TestApp::new().await;
    let first = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    let input = json!({ "refreshToken": first["refreshToken"] });
    let client = app.anonymous();
    let attempts = (0..4).map(|_| client.attempt("refreshSession", input.clone(), "refreshToken"));
    let answers = futures_util::future::join_all(attempts).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer["refreshToken"].is_string()).collect();
    assert_eq!(won.len(), 1);
    let next = json!({ "refreshToken": won[0]["refreshToken"] });
    assert_eq!(client.refused("refreshSession", next).await, ["CREDENTIALS_INVALID input.refreshToken"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_refresh_token_of_ours_or_too_old_is_refused() {
    let app = TestApp::new().await;
    let tokens = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    let refresh = async |token: &str| app.anonymous().refused("refreshSession", json!({ "refreshToken": token })).await;
    for token in ["", "nonsense", &text(&tokens["accessToken"]), &"A".repeat(64)] {
        assert_eq!(refresh(token).await, ["CREDENTIALS_INVALID input.refreshToken"], "{token}");
    }
    app.sql().await.batch_execute("update sessions set expires_at = now()").await.expect("a statement");
    assert_eq!(refresh(&text(&tokens["refreshToken"])).await, ["CREDENTIALS_INVALID input.refreshToken"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_and_end_their_own_sessions_alone() {
    let app = TestApp::new().await;
    let laptop = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    let input = json!({ "email": "ada@example.org", "password": "correct horse", "device": "Telephone" });
    let telephone = app.anonymous().mutate("logIn", input, TOKENS).await;
    let eve = app.anonymous().mutate("signUp", person("eve"), TOKENS).await;
    let eve = app.with_token(&text(&eve["accessToken"]));
    let ada = app.with_token(&text(&laptop["accessToken"]));

    let query = "{ viewer { sessions { id device isCurrent } } }";
    let found = ada.run(query, json!({})).await;
    let sessions = found["viewer"]["sessions"].as_array().expect("sessions");
    let shown: Vec<_> =
        sessions.iter().map(|session| (text(&session["device"]), session["isCurrent"] == true)).collect();
    assert_eq!(shown, [("Telephone".to_owned(), false), ("Laptop".to_owned(), true)]);

    let id = json!({ "id": sessions[0]["id"] });
    let node = "query ($id: ID!) { node(id: $id) { ... on Session { device } } }";
    assert_eq!(ada.run(node, id.clone()).await["node"]["device"], "Telephone");
    assert!(eve.run(node, id.clone()).await["node"].is_null());
    assert!(app.anonymous().run(node, id).await["node"].is_null());
    let revoke = json!({ "sessionId": sessions[0]["id"] });
    assert_eq!(eve.refused("revokeSession", revoke.clone()).await, ["NOT_FOUND input.sessionId"]);

    let revoked = ada.mutate("revokeSession", revoke.clone(), "revokedId").await;
    assert_eq!(revoked["revokedId"], sessions[0]["id"]);
    assert_eq!(ada.refused("revokeSession", revoke).await, ["NOT_FOUND input.sessionId"]);
    let refresh = json!({ "refreshToken": telephone["refreshToken"] });
    assert_eq!(app.anonymous().refused("refreshSession", refresh).await, ["CREDENTIALS_INVALID input.refreshToken"]);

    ada.mutate("revokeSession", json!({}), "revokedId").await;
    assert_eq!(ada.run(query, json!({})).await["viewer"]["sessions"], json!([]));
    let sessionless = app.user("bob").await;
    assert_eq!(app.as_user(sessionless).refused("revokeSession", json!({})).await, ["BAD_INPUT input.sessionId"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fifty_first_device_takes_the_place_of_the_one_not_seen_for_longest() {
    let app = TestApp::new().await;
    let first = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    let fill = "insert into sessions (id, user_id, token_hash, expires_at) select gen_random_uuid(), user_id, sha256(n::text::bytea), expires_at
        from sessions, generate_series(1, 49) as n";
    app.sql().await.batch_execute(fill).await.expect("sessions");
    app.sql()
        .await
        .batch_execute("update sessions set last_seen_at = now() - interval '1 day' where device = 'Laptop'")
        .await
        .expect("a statement");
    let again = app
        .anonymous()
        .mutate("logIn", json!({ "email": "ada@example.org", "password": "correct horse" }), TOKENS)
        .await;
    let refresh = |tokens: &Value| json!({ "refreshToken": tokens["refreshToken"] });
    assert_eq!(
        app.anonymous().refused("refreshSession", refresh(&first)).await,
        ["CREDENTIALS_INVALID input.refreshToken"]
    );
    app.anonymous().mutate("refreshSession", refresh(&again), "").await;
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
    assert_eq!(api::upkeep::forget_old(&app.postgres).await.expect("upkeep"), api::upkeep::Forgotten::default());
    age(&app, "2 days 1 second").await;
    app.sql()
        .await
        .batch_execute("update sessions set revoked_at = now() - interval '31 days'")
        .await
        .expect("a statement");
    let forgotten = api::upkeep::forget_old(&app.postgres).await.expect("upkeep");
    assert_eq!((forgotten.login_codes, forgotten.sessions), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_by_whoever_can_prove_it_is_theirs() {
    let app = TestApp::new().await;
    let (bob, shop) = (app.user("bob").await, app.shop("Noodles").await);
    let bobs = app.review(bob, shop, 2).await;
    app.recount().await;
    let tokens = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    let ada = app.with_token(&text(&tokens["accessToken"]));
    let id = tokens["viewer"]["user"]["id"].clone();
    ada.mutate("createReview", json!({ "shopId": global(shop), "rating": 5, "body": "Yes" }), "").await;
    ada.mutate("setLike", json!({ "subjectId": global(bobs), "liked": true }), "").await;
    ada.mutate("setFollow", json!({ "userId": global(bob), "following": true }), "").await;
    app.as_user(bob).mutate("setFollow", json!({ "userId": id, "following": true }), "").await;
    let comment =
        ada.mutate("addComment", json!({ "reviewId": global(bobs), "body": "No" }), "edge { node { id } }").await;
    app.assert_counters().await;

    for (input, reason) in [
        (json!({}), "BAD_INPUT input.password"),
        (json!({ "password": "x", "code": "000000" }), "BAD_INPUT input.password"),
        (json!({ "password": "wrong horse" }), "CREDENTIALS_INVALID"),
        (json!({ "code": "000000" }), "CODE_INVALID input.code"),
    ] {
        assert_eq!(ada.refused("deleteAccount", input).await, [reason]);
    }
    let deleted = ada.mutate("deleteAccount", json!({ "password": "correct horse" }), "id").await;
    assert_eq!(deleted["id"], id);

    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { handle } ... on Comment { body author { handle } } } }";
    let found = app.anonymous().run(query, json!({ "ids": [id, comment["edge"]["node"]["id"]] })).await;
    assert_eq!(found["nodes"], json!([null, { "body": "No", "author": null }]));
    app.assert_counters().await;
    let error = ada.fail("{ viewer { user { handle } } }", json!({})).await;
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");
    let refresh = json!({ "refreshToken": tokens["refreshToken"] });
    assert_eq!(app.anonymous().refused("refreshSession", refresh).await, ["CREDENTIALS_INVALID input.refreshToken"]);
    assert_eq!(
        app.anonymous().refused("logIn", json!({ "email": "ada@example.org", "password": "correct horse" })).await,
        ["CREDENTIALS_INVALID"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_can_be_deleted_with_a_code() {
    let app = TestApp::new().await;
    let tokens = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    request_code(&app.anonymous(), "ada@example.org").await;
    let code = code(&app, "ada@example.org").await;
    app.with_token(&text(&tokens["accessToken"])).mutate("deleteAccount", json!({ "code": code }), "").await;
    app.anonymous().mutate("signUp", person("ada"), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_all_that_is_the_viewers_and_nothing_secret() {
    let app = TestApp::new().await;
    let (bob, shop) = (app.user("bob").await, app.shop("Noodles").await);
    let bobs = app.review(bob, shop, 2).await;
    let tokens = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    let ada = app.with_token(&text(&tokens["accessToken"]));
    ada.mutate(
        "createReview",
        json!({ "shopId": global(shop), "rating": 5, "body": "Mine", "idempotencyKey": "k" }),
        "",
    )
    .await;
    ada.mutate("addComment", json!({ "reviewId": global(bobs), "body": "Mine, too" }), "").await;
    ada.mutate("setLike", json!({ "subjectId": global(bobs), "liked": true }), "").await;
    ada.mutate("setFollow", json!({ "userId": global(bob), "following": true }), "").await;
    ada.mutate("report", json!({ "subjectId": global(bobs), "reason": "FAKE", "detail": "Never there" }), "").await;

    let export = ada.run("{ viewer { export } }", json!({})).await["viewer"]["export"].take();
    assert_eq!(export["profile"]["handle"], "ada");
    assert_eq!(export["account"]["email"], "ada@example.org");
    assert_eq!(export["sessions"][0]["device"], "Laptop");
    assert_eq!(
        (&export["reviews"][0]["body"], &export["reviews"][0]["shop_name"]),
        (&json!("Mine"), &json!("Noodles"))
    );
    assert_eq!(export["comments"][0]["body"], "Mine, too");
    assert_eq!(export["likes"][0]["review_id"], bobs.to_string());
    assert_eq!(export["following"][0]["handle"], "bob");
    assert_eq!(export["reports"][0]["detail"], "Never there");
    assert_eq!(export["idempotency_keys"][0]["key"], "k");
    let text = export.to_string();
    assert!(!text.contains("argon2") && !text.contains("hash"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_about_people_is_exported() {
    let app = TestApp::new().await;
    let tables = "select distinct conrelid::regclass::text from pg_constraint
        where contype = 'f' and confrelid = 'users'::regclass and connamespace = current_schema()::regnamespace";
    let rows = app.sql().await.query(tables, &[]).await.expect("tables");
    let export = include_str!("../../db/src/accounts/export.sql");
    let forgotten: Vec<String> = rows
        .iter()
        .map(|row| row.get(0))
        .filter(|table: &String| !export.contains(&format!("from {table} ")))
        .collect();
    assert!(forgotten.is_empty(), "not exported: {forgotten:?}");
}
