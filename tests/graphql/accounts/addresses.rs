//! Whose an address is, and that nobody else learns it.

use serde_json::json;
use tests::TestApp;

use super::{TOKENS, age, code, person, request_code, text};

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
    age(&app, "1 minute").await;
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
    let code = super::code(&app, "ada@example.org").await;
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
    let fields = "accessToken viewer { emailConfirmed hasPassword }";
    let ada = app.anonymous().mutate("logInWithCode", input.clone(), fields).await;
    assert_eq!(ada["viewer"], json!({ "emailConfirmed": true, "hasPassword": false }), "the password was mallory's");

    assert_eq!(
        app.anonymous().refused("logInWithCode", input).await,
        ["CODE_INVALID input.code"],
        "a code is good once"
    );
    let refresh = json!({ "refreshToken": mallory["refreshToken"] });
    assert_eq!(app.anonymous().refused("refreshSession", refresh).await, ["CREDENTIALS_INVALID input.refreshToken"]);
    let log_in = json!({ "email": "ada@example.org", "password": "mallory's" });
    assert_eq!(app.anonymous().refused("logIn", log_in).await, ["CREDENTIALS_INVALID"]);
    // Until the access token ends, it shows and changes nothing that an account hangs on.
    let mallory = app.with_token(&text(&mallory["accessToken"]));
    for field in ["export", "sessions { id }"] {
        let refused = mallory.fail(&format!("{{ viewer {{ {field} }} }}"), json!({})).await;
        assert_eq!(refused["extensions"]["code"], "UNAUTHENTICATED", "{field}");
    }
    for (mutation, input) in [
        ("revokeSession", json!({})),
        ("confirmEmail", json!({ "code": "123456" })),
        ("deleteAccount", json!({ "password": "mallory's" })),
    ] {
        let refused = mallory.fail(&tests::document(mutation, ""), json!({ "input": input })).await;
        assert_eq!(refused["extensions"]["code"], "UNAUTHENTICATED", "{mutation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_claims_a_code_confirms_the_one_that_is_named() {
    let app = TestApp::new().await;
    app.anonymous().mutate("signUp", person("ada"), "").await;
    let later = json!({ "email": "ada@example.org", "password": "battery staple", "handle": "eve" });
    app.anonymous().mutate("signUp", later, "").await;
    request_code(&app.anonymous(), "ada@example.org").await;
    let code = code(&app, "ada@example.org").await;
    let input = |handle: &str| json!({ "email": "ada@example.org", "code": code, "handle": handle });
    let mut guess = input("adda");
    guess["code"] = json!(if code == "000000" { "000001" } else { "000000" });
    assert_eq!(app.anonymous().refused("logInWithCode", guess).await, ["CODE_INVALID input.code"], "learns nothing");
    assert_eq!(app.anonymous().refused("logInWithCode", input("adda")).await, ["NOT_FOUND input.handle"]);
    let logged_in = app.anonymous().mutate("logInWithCode", input("ada"), TOKENS).await;
    assert_eq!(logged_in["viewer"]["user"]["handle"], "ada");
    assert_eq!(logged_in["viewer"]["emailConfirmed"], true);
}
