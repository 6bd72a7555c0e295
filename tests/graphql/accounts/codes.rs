//! One-time codes.

use serde_json::json;
use tests::TestApp;

use super::{TOKENS, age, code, person, request_code};

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced_by_a_code_which_logs_out_everywhere() {
    let app = TestApp::new().await;
    let before = app.anonymous().mutate("signUp", person("ada"), TOKENS).await;
    request_code(&app.anonymous(), "ada@example.org").await;
    let input = json!({ "email": "ada@example.org", "code": code(&app, "ada@example.org").await, "newPassword": "battery staple" });
    let logged_in = app.anonymous().mutate("logInWithCode", input, "viewer { hasPassword }").await;
    assert_eq!(logged_in["viewer"]["hasPassword"], true);
    let next = json!({ "email": "ada@example.org" });
    let reason = app.anonymous().refused("requestLoginCode", next).await;
    assert_eq!(reason, ["CODE_THROTTLED input.email"], "that a code was used is nobody's business");

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
