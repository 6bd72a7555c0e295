//! Refreshing and ending sessions.

use serde_json::{Value, json};
use tests::TestApp;

use super::{TOKENS, person, text};

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
    assert_eq!(ada.fail(query, json!({})).await["extensions"]["code"], "UNAUTHENTICATED");
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
