//! A day with Linli, from signing up to leaving, with real shops.

use std::fs;
use std::path::Path;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use tempfile::{NamedTempFile, TempDir};
use tests::{document, until};

use crate::program::{Server, linli};

const TOKENS: &str = "accessToken refreshToken viewer { emailConfirmed user { id } }";
const SHOP: &str = "query ($id: ID!) { shop(id: $id) { name rating { count histogram { stars count } } } }";

/// Somebody who sends requests; nobody in particular without a token.
struct Person<'server> {
    server: &'server Server,
    token: Option<String>,
}

#[tokio::test]
async fn a_day_from_signing_up_to_leaving() {
    let folder = TempDir::new().expect("a folder");
    let mails = NamedTempFile::new().expect("a file");
    let mut command = linli(&["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
    command.arg(folder.path());
    let server = Server::heard(command, mails.reopen().expect("a file").into());
    let nobody = Person { server: &server, token: None };
    let sign_up = async |handle: &str| nobody.mutate("signUp", account(handle), TOKENS).await;
    let (adas, bobs) = (sign_up("ada").await, sign_up("bob").await);
    let (ada, bob) = (Person::with(&server, &adas), Person::with(&server, &bobs));
    verify(&server, &adas).await;

    nobody.mutate("requestLoginCode", json!({ "email": "ada@example.org" }), "expiresAt").await;
    let code = printed_code(mails.path(), "ada@example.org").await;
    let confirmed = ada.mutate("confirmEmail", json!({ "code": code }), "viewer { emailConfirmed }").await;
    assert_eq!(confirmed["viewer"]["emailConfirmed"], true);

    let found = nobody.ask("{ searchShops(query: \"kapeli\", first: 1) { edges { node { id } } } }", json!({})).await;
    let shop = json!({ "id": found["searchShops"]["edges"][0]["node"]["id"] });
    let before = nobody.ask(SHOP, shop.clone()).await["shop"].take();
    let input = json!({ "shopId": shop["id"], "rating": 5, "body": "As it was in 1867", "idempotencyKey": "kapeli-1" });
    let review = ada.mutate("createReview", input, "review { id }").await["review"].take();
    let after = nobody.ask(SHOP, shop.clone()).await["shop"].take();
    let five = |shop: &Value| shop["rating"]["histogram"][0]["count"].as_i64();
    assert_eq!(after["rating"]["count"].as_i64(), before["rating"]["count"].as_i64().map(|count| count + 1));
    assert_eq!(five(&after), five(&before).map(|count| count + 1));

    let feed = "{ viewer { feed(first: 5) { edges { node { id body likeCount viewerHasLiked shop { name } } } } } }";
    assert_eq!(bob.ask(feed, json!({})).await["viewer"]["feed"]["edges"], json!([]));
    bob.mutate("setFollow", json!({ "userId": adas["viewer"]["user"]["id"], "following": true }), "").await;
    bob.mutate("setLike", json!({ "subjectId": review["id"], "liked": true }), "").await;
    bob.mutate("addComment", json!({ "reviewId": review["id"], "body": "Was it?" }), "").await;
    let expected = json!([{ "node": { "id": review["id"], "body": "As it was in 1867", "likeCount": 1, "viewerHasLiked": true,
        "shop": { "name": before["name"] } } }]);
    assert_eq!(bob.ask(feed, json!({})).await["viewer"]["feed"]["edges"], expected);

    let refresh = |tokens: &Value| json!({ "refreshToken": tokens["refreshToken"] });
    let second = nobody.mutate("refreshSession", refresh(&adas), TOKENS).await;
    verify(&server, &second).await;
    for ended in [&adas, &second] {
        assert_eq!(nobody.refused("refreshSession", refresh(ended)).await, "CREDENTIALS_INVALID");
    }
    let log_in = json!({ "email": "ada@example.org", "password": "correct horse" });
    let third = nobody.mutate("logIn", log_in.clone(), TOKENS).await;
    assert_eq!(third["viewer"]["emailConfirmed"], true);
    let ada = Person::with(&server, &third);

    let export = ada.ask("{ viewer { export } }", json!({})).await["viewer"]["export"].take();
    assert_eq!((&export["profile"]["handle"], &export["reviews"][0]["shop_name"]), (&json!("ada"), &before["name"]));

    ada.mutate("deleteAccount", json!({ "password": "correct horse" }), "id").await;
    assert_eq!(
        ada.answer("{ viewer { user { handle } } }", json!({})).await["errors"][0]["extensions"]["code"],
        "UNAUTHENTICATED"
    );
    assert_eq!(nobody.refused("logIn", log_in).await, "CREDENTIALS_INVALID");
    assert_eq!(nobody.ask(SHOP, shop).await["shop"], before);
    assert_eq!(bob.ask(feed, json!({})).await["viewer"]["feed"]["edges"], json!([]));
}

fn account(handle: &str) -> Value {
    json!({ "email": format!("{handle}@example.org"), "password": "correct horse", "handle": handle })
}

/// As another service would, which knows nothing of us but the address of our keys.
async fn verify(server: &Server, tokens: &Value) {
    let keys = reqwest::get(format!("{}/.well-known/jwks.json", server.address)).await.expect("an answer");
    let keys: JwkSet = keys.json().await.expect("a set of keys");
    let token = tokens["accessToken"].as_str().expect("a token");
    let kid = jsonwebtoken::decode_header(token).expect("a header").kid.expect("a kid");
    let key = DecodingKey::from_jwk(keys.find(&kid).expect("its key is published")).expect("a key");
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&["linli"]);
    jsonwebtoken::decode::<Value>(token, &key, &validation).expect("a valid token");
}

/// As a developer finds it, to whom no mail is sent.
async fn printed_code(mails: &Path, email: &str) -> String {
    until(&format!("a mail to {email} is printed"), async || {
        let printed = fs::read_to_string(mails).expect("mails");
        let (_, mail) = printed.rsplit_once(&format!("To:      {email}\n"))?;
        let mut words = mail.split(|letter: char| letter.is_whitespace() || letter == '.');
        words.find(|word| word.len() == 6 && word.parse::<u32>().is_ok()).map(str::to_owned)
    })
    .await
}

impl<'server> Person<'server> {
    fn with(server: &'server Server, tokens: &Value) -> Self {
        Self { server, token: tokens["accessToken"].as_str().map(str::to_owned) }
    }

    async fn answer(&self, query: &str, variables: Value) -> Value {
        let mut request = reqwest::Client::new().post(format!("{}/graphql", self.server.address));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = request.json(&json!({ "query": query, "variables": variables })).send().await;
        answer.expect("an answer").json().await.expect("JSON")
    }

    async fn ask(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.answer(query, variables).await;
        assert!(answer["errors"].is_null(), "{answer:#}");
        answer["data"].take()
    }

    /// Runs a mutation that must succeed, and returns its payload.
    async fn mutate(&self, mutation: &str, input: Value, fields: &str) -> Value {
        let payload = self.ask(&document(mutation, fields), json!({ "input": input })).await[mutation].take();
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        payload
    }

    /// Runs a mutation that must do nothing, and returns the code of the reason.
    async fn refused(&self, mutation: &str, input: Value) -> String {
        let payload = self.ask(&document(mutation, ""), json!({ "input": input })).await[mutation].take();
        payload["userErrors"][0]["code"].as_str().expect("a reason").to_owned()
    }
}
