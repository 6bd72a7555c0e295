//! Whose access tokens are believed.

use std::path::PathBuf;

use api::tokens::Tokens;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{Duration, Utc};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::TestApp;

const WHO: &str = "{ viewer { user { handle } } }";
const JWKS: &str = "/.well-known/jwks.json";

/// Keys by their names.
struct Keys(TempDir);

impl Keys {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    fn file(&self, name: &str) -> PathBuf {
        let file = self.0.path().join(name);
        Tokens::read_or_create(&file, &[]).expect("a key");
        file
    }

    fn tokens(&self, signing: &str, accepted: &[&str]) -> Tokens {
        let accepted: Vec<PathBuf> = accepted.iter().map(|name| self.file(name)).collect();
        Tokens::read(&self.file(signing), &accepted).expect("keys")
    }

    fn kid(&self, name: &str) -> Option<String> {
        self.tokens(name, &[]).jwks().keys[0].common.key_id.clone()
    }

    fn public(&self, name: &str) -> DecodingKey {
        DecodingKey::from_jwk(&self.tokens(name, &[]).jwks().keys[0]).expect("a key")
    }

    /// Signs whatever it is told to.
    fn forge(&self, name: &str, header: &Header, claims: &Value) -> String {
        let pem = std::fs::read_to_string(self.file(name)).expect("a key");
        let der = STANDARD.decode(pem.lines().nth(1).expect("a line")).expect("base64");
        jsonwebtoken::encode(header, claims, &EncodingKey::from_ed_der(&der)).expect("a token")
    }
}

async fn status(app: &TestApp, token: &str) -> StatusCode {
    app.with_token(token).post(json!({ "query": "{ __typename }" })).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_the_published_keys_can_verify_a_token() {
    let keys = Keys::new();
    let app = TestApp::with_tokens(keys.tokens("new", &["old"])).await;
    let ada = db::UserId::new();
    let answer = app.anonymous().send(Method::GET, JWKS, &[], "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["content-type"], "application/jwk-set+json");
    assert_eq!(answer.headers["cache-control"], "public, max-age=300");

    let published: JwkSet = serde_json::from_value(answer.body).expect("a set of keys");
    let signers = [("new", app.token(ada, Duration::minutes(5))), {
        let old = app.beside(keys.tokens("old", &[])).await;
        ("old", old.token(ada, Duration::minutes(5)))
    }];
    for (name, token) in signers {
        let header = jsonwebtoken::decode_header(&token).expect("a header");
        assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::EdDSA, Some("JWT")), "{name}");
        let jwk = published.find(&header.kid.expect("a kid")).expect("its key is published");
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&["linli"]);
        let key = DecodingKey::from_jwk(jwk).expect("a key");
        let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation).expect("a good token").claims;
        assert_eq!(claims["sub"], ada.to_string(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_published() {
    let keys = Keys::new();
    let app = TestApp::with_tokens(keys.tokens("new", &["old"])).await;
    let published = app.anonymous().send(Method::GET, JWKS, &[], "").await.body;
    assert_eq!(published.as_object().expect("an object").keys().collect::<Vec<_>>(), ["keys"]);
    let published = published["keys"].as_array().expect("keys");
    assert_eq!(published.len(), 2);
    for key in published {
        let mut members: Vec<_> = key.as_object().expect("an object").keys().collect();
        members.sort();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
        let expected = json!({ "alg": "EdDSA", "crv": "Ed25519", "kty": "OKP", "use": "sig" });
        assert!(expected.as_object().expect("an object").iter().all(|(name, value)| &key[name] == value), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_forge_a_token() {
    let keys = Keys::new();
    let app = TestApp::with_tokens(keys.tokens("ours", &[])).await;
    let now = Utc::now().timestamp();
    let with_kid = |kid: Option<String>| Header { kid, ..Header::new(Algorithm::EdDSA) };
    let ours = with_kid(keys.kid("ours"));
    let claims = json!({ "iss": "linli", "sub": db::UserId::new(), "iat": now, "exp": now + 300 });
    let but = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let without = |name: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().expect("an object").remove(name);
        claims
    };

    let good = keys.forge("ours", &ours, &claims);
    assert_eq!(status(&app, &good).await, StatusCode::OK, "what follows is refused for one reason each");
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
    let encoded = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let elevated = encoded(but("sub", json!(db::UserId::new())));
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).expect("base64");
    flipped[20] ^= 1;
    let flipped = URL_SAFE_NO_PAD.encode(flipped);
    let none = encoded(json!({ "alg": "none", "typ": "JWT", "kid": ours.kid }));
    let secret = EncodingKey::from_secret(keys.public("ours").try_get_as_bytes().expect("bytes"));
    let hmac = Header { kid: ours.kid.clone(), ..Header::new(Algorithm::HS256) };
    let hmac = jsonwebtoken::encode(&hmac, &claims, &secret).expect("a token");
    let own_key = Header { jwk: keys.tokens("theirs", &[]).jwks().keys.first().cloned(), ..ours.clone() };

    for (what, token) in [
        ("a payload that was changed", format!("{header}.{elevated}.{signature}")),
        ("a signature that was changed", format!("{header}.{payload}.{flipped}")),
        ("no signature", format!("{header}.{payload}.")),
        ("alg: none", format!("{none}.{payload}.")),
        ("alg: none, with a signature", format!("{none}.{payload}.{signature}")),
        ("the public key as a secret", hmac),
        ("no kid", keys.forge("ours", &with_kid(None), &claims)),
        ("an unknown kid", keys.forge("ours", &with_kid(Some("unknown".into())), &claims)),
        ("a foreign key", keys.forge("theirs", &with_kid(keys.kid("theirs")), &claims)),
        ("a foreign key under our kid", keys.forge("theirs", &ours, &claims)),
        ("a foreign key that it brings along", keys.forge("theirs", &own_key, &claims)),
        ("another issuer", keys.forge("ours", &ours, &but("iss", json!("elsewhere")))),
        ("no issuer", keys.forge("ours", &ours, &without("iss"))),
        ("expired", keys.forge("ours", &ours, &but("exp", json!(now - 30)))),
        ("no end", keys.forge("ours", &ours, &without("exp"))),
        ("nobody", keys.forge("ours", &ours, &without("sub"))),
        ("a session that is none", keys.forge("ours", &ours, &but("sid", json!("nonsense")))),
    ] {
        assert_eq!(status(&app, &token).await, StatusCode::UNAUTHORIZED, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_signing_key_logs_nobody_out() {
    let keys = Keys::new();
    let before = TestApp::with_tokens(keys.tokens("old", &[])).await;
    let ada = before.user("ada").await;
    let announced = before.beside(keys.tokens("old", &["new"])).await;
    let changed = before.beside(keys.tokens("new", &["old"])).await;
    let dropped = before.beside(keys.tokens("new", &[])).await;
    let (old, new) = (before.token(ada, Duration::minutes(5)), changed.token(ada, Duration::minutes(5)));

    for (app, token) in [(&announced, &old), (&announced, &new), (&changed, &old), (&changed, &new), (&dropped, &new)] {
        assert_eq!(app.with_token(token).run(WHO, json!({})).await["viewer"]["user"]["handle"], "ada");
    }
    assert_eq!(status(&before, &new).await, StatusCode::UNAUTHORIZED, "that is why it is announced");
    assert_eq!(status(&dropped, &old).await, StatusCode::UNAUTHORIZED);
}
