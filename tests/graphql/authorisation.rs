//! Who may do what: every mutation, tried by everybody.

use std::collections::BTreeSet;

use db::Role;
use serde_json::{Value, json};
use tests::{Client, TestApp};

use crate::nodes::global;

/// What there is to be changed, made anew for each attempt.
pub(crate) struct Stage {
    author: db::UserId,
    friend: db::UserId,
    shop: db::ShopId,
    unreviewed: db::ShopId,
    review: db::ReviewId,
    comment: db::CommentId,
    session: Value,
    notification: db::NotificationId,
}

pub(crate) const ACTORS: [&str; 6] = ["nobody", "author", "stranger", "owner", "other merchant", "moderator"];

const ANYBODY: [&str; 6] = ["done"; 6];
const USERS: [&str; 6] = ["UNAUTHENTICATED", "done", "done", "done", "done", "done"];
/// All but the other merchant, who owns the shop.
const GUESTS: [&str; 6] = ["UNAUTHENTICATED", "done", "done", "done", "FORBIDDEN", "done"];
const AUTHOR: [&str; 6] = ["UNAUTHENTICATED", "done", "FORBIDDEN", "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"];
const OWNER: [&str; 6] = ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN", "done", "FORBIDDEN", "FORBIDDEN"];
const MERCHANTS: [&str; 6] = ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN", "done", "done", "FORBIDDEN"];
const MODERATOR: [&str; 6] = ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN", "FORBIDDEN", "FORBIDDEN", "done"];
/// What belongs to the author is not even there for others.
const AUTHOR_ALONE: [&str; 6] = ["UNAUTHENTICATED", "done", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"];
/// What takes a proof that nobody here has.
const PROOF: [&str; 6] = ["CREDENTIALS_INVALID"; 6];
const CODE: [&str; 6] = ["CODE_INVALID"; 6];
const OWN_PROOF: [&str; 6] = [
    "UNAUTHENTICATED",
    "CREDENTIALS_INVALID",
    "CREDENTIALS_INVALID",
    "CREDENTIALS_INVALID",
    "CREDENTIALS_INVALID",
    "CREDENTIALS_INVALID",
];
const OWN_CODE: [&str; 6] =
    ["UNAUTHENTICATED", "CODE_INVALID", "CODE_INVALID", "CODE_INVALID", "CODE_INVALID", "CODE_INVALID"];

pub(crate) type Attempt = (&'static str, fn(&Stage) -> Value, [&'static str; 6]);

pub(crate) const TABLE: &[Attempt] = &[
    ("signUp", |_| json!({ "email": "a@b.org", "password": "12345678", "handle": unique() }), ANYBODY),
    ("requestLoginCode", |_| json!({ "email": format!("{}@b.org", unique()) }), ANYBODY),
    ("logIn", |_| json!({ "email": "author@example.org", "password": "guessed it" }), PROOF),
    ("logInWithCode", |_| json!({ "email": "author@example.org", "code": "000000" }), CODE),
    ("refreshSession", |_| json!({ "refreshToken": "A".repeat(64) }), PROOF),
    ("confirmEmail", |_| json!({ "code": "000000" }), OWN_CODE),
    ("deleteAccount", |_| json!({ "password": "guessed it" }), OWN_PROOF),
    ("revokeSession", |stage| json!({ "sessionId": stage.session }), AUTHOR_ALONE),
    ("markNotificationsRead", |stage| json!({ "upTo": global(stage.notification) }), AUTHOR_ALONE),
    ("setNotificationMuted", |_| json!({ "kind": "LIKE", "muted": true }), USERS),
    ("updateProfile", |_| json!({ "city": "Espoo" }), USERS),
    ("checkIn", |_| json!({}), USERS),
    ("setFollow", |stage| json!({ "userId": global(stage.friend), "following": true }), USERS),
    ("setLike", |stage| json!({ "subjectId": global(stage.review), "liked": true }), USERS),
    ("addComment", |stage| json!({ "reviewId": global(stage.review), "body": "x" }), USERS),
    ("report", |stage| json!({ "subjectId": global(stage.comment), "reason": "SPAM" }), USERS),
    ("createReview", |stage| json!({ "shopId": global(stage.unreviewed), "rating": 1, "body": "x" }), GUESTS),
    ("updateReview", |stage| json!({ "reviewId": global(stage.review), "version": 1, "rating": 1 }), AUTHOR),
    ("deleteReview", |stage| json!({ "reviewId": global(stage.review) }), AUTHOR),
    ("deleteComment", |stage| json!({ "commentId": global(stage.comment) }), AUTHOR),
    ("replyAsMerchant", |stage| json!({ "reviewId": global(stage.review), "body": "x" }), OWNER),
    ("upsertShop", |stage| shop(Some(stage.shop)), OWNER),
    ("upsertShop", |_| shop(None), MERCHANTS),
    ("moderate", |stage| json!({ "subjectId": global(stage.review), "state": "HIDDEN" }), MODERATOR),
    ("moderate", |stage| json!({ "subjectId": global(stage.comment), "state": "HIDDEN" }), MODERATOR),
];

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_do_exactly_what_the_table_says() {
    let app = TestApp::new().await;
    let moderator = person(&app, Role::Moderator).await;
    for (mutation, input, expected) in TABLE {
        for (actor, expected) in ACTORS.into_iter().zip(expected) {
            let stage = Stage::new(&app).await;
            let client = stage.client(&app, actor, moderator).await;
            assert_eq!(outcome(&client, mutation, input(&stage)).await, *expected, "{mutation} by {actor}");
        }
    }
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_has_every_mutation() {
    let app = TestApp::new().await;
    let schema = app.anonymous().run("{ __schema { mutationType { fields { name } } } }", json!({})).await;
    let fields = schema["__schema"]["mutationType"]["fields"].as_array().expect("fields").iter();
    let all: BTreeSet<_> = fields.map(|field| field["name"].as_str().expect("a name").to_owned()).collect();
    let tried: BTreeSet<_> = TABLE.iter().map(|(mutation, ..)| (*mutation).to_owned()).collect();
    assert_eq!(tried, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_for_moderators() {
    let app = TestApp::new().await;
    let query = "{ reports { edges { node { id } } } }";
    for (role, code) in [(Role::User, "FORBIDDEN"), (Role::Merchant, "FORBIDDEN")] {
        let person = person(&app, role).await;
        assert_eq!(app.as_user(person).fail(query, json!({})).await["extensions"]["code"], code);
    }
    assert_eq!(app.anonymous().fail(query, json!({})).await["extensions"]["code"], "UNAUTHENTICATED");
    let moderator = person(&app, Role::Moderator).await;
    app.as_user(moderator).run(query, json!({})).await;
}

impl Stage {
    pub(crate) async fn new(app: &TestApp) -> Self {
        let (author, friend) = (person(app, Role::User).await, person(app, Role::User).await);
        let (shop, unreviewed) = (app.shop("Noodles").await, app.shop("Dumplings").await);
        let input = json!({ "shopId": global(shop), "rating": 5, "body": "x" });
        let review = app.as_user(author).mutate("createReview", input, "review { id }").await;
        let review = api::global_id::decode("id", &text(&review["review"]["id"]).into()).expect("an id");
        let input = json!({ "reviewId": global(review), "body": "x" });
        let comment = app.as_user(author).mutate("addComment", input, "edge { node { id } }").await;
        let comment = api::global_id::decode("id", &text(&comment["edge"]["node"]["id"]).into()).expect("an id");

        let (session, notification) = (db::SessionId::new(), db::NotificationId::new());
        let rows = format!(
            "insert into sessions (id, user_id, token_hash, expires_at)
                 values ('{session}', '{author}', sha256('{session}'), now() + interval '1 day');
             insert into notifications (id, recipient_id, number, kind, group_key, actor_ids, actor_count)
                 values ('{notification}', '{author}', 1, 'follow', 'x', '{{}}', 1)"
        );
        app.sql().await.batch_execute(&rows).await.expect("rows");
        Self { author, friend, shop, unreviewed, review, comment, session: global(session), notification }
    }

    pub(crate) async fn client<'app>(&self, app: &'app TestApp, actor: &str, moderator: db::UserId) -> Client<'app> {
        let user = match actor {
            "nobody" => return app.anonymous(),
            "author" => self.author,
            "stranger" => person(app, Role::User).await,
            "owner" => owner(app, self.shop).await,
            "other merchant" => owner(app, self.unreviewed).await,
            _ => moderator,
        };
        app.as_user(user)
    }
}

/// The code of what came of it.
async fn outcome(client: &Client<'_>, mutation: &str, input: Value) -> String {
    let body = json!({ "query": tests::document(mutation, ""), "variables": { "input": input } });
    let answer = client.post(body).await.body;
    let codes = [&answer["errors"][0]["extensions"]["code"], &answer["data"][mutation]["userErrors"][0]["code"]];
    codes.into_iter().find_map(Value::as_str).unwrap_or("done").to_owned()
}

fn shop(id: Option<db::ShopId>) -> Value {
    let restaurants: db::CategoryId = "019bc000-0000-7000-8000-000000000101".parse().expect("an id");
    let mut shop = json!({ "name": "Noodles", "categoryId": global(restaurants), "location": { "lat": 60.17, "lng": 24.94 }, "address": "Street 1" });
    if let Some(id) = id {
        shop["id"] = global(id);
        shop["version"] = json!(1);
    }
    shop
}

async fn person(app: &TestApp, role: Role) -> db::UserId {
    let user = app.user(&unique()).await;
    app.grant(user, role, &[]).await;
    user
}

async fn owner(app: &TestApp, shop: db::ShopId) -> db::UserId {
    let user = app.user(&unique()).await;
    app.grant(user, Role::Merchant, &[shop]).await;
    user
}

fn unique() -> String {
    format!("u{}", &uuid::Uuid::new_v4().simple().to_string()[..20])
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
