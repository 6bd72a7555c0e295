//! How people prove who they are.

mod addresses;
mod codes;
mod entry;
mod leaving;
mod sessions;

use serde_json::{Value, json};
use tests::{Client, TestApp};

const TOKENS: &str = "accessToken refreshToken expiresAt viewer { email emailConfirmed sessions { isCurrent } user { id handle nickname } }";

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
