use serde_json::{Value, json};
use tests::TestApp;

use super::{FLAG, publish, seen};
use crate::nodes::global;

const REPLY: &str = "merchantReply { body repliedAt } version editedAt";

/// A review by Ada of the shop that is owned by the second of the people returned.
async fn reviewed(app: &TestApp) -> (db::UserId, db::UserId, Value) {
    let (ada, owner, shop) = (app.user("ada").await, app.user("owner").await, app.shop("Noodles").await);
    app.execute(&format!("update shops set owner_id = '{owner}' where id = '{shop}'")).await;
    (ada, owner, publish(&app.as_user(ada), shop, 2).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_a_shop_answers_replaces_the_answer_and_takes_it_back() {
    let app = TestApp::new().await;
    let (ada, owner, review) = reviewed(&app).await;
    let reply = |body: Value| json!({ "reviewId": review, "body": body });
    for body in ["Sorry!", " We have\r\nnew noodles. "] {
        let fields = format!("review {{ {REPLY} }}");
        let replied = app.as_user(owner).mutate("replyAsMerchant", reply(json!(body)), &fields).await;
        let plain = body.trim().replace("\r\n", "\n");
        assert_eq!(replied["review"]["merchantReply"]["body"], plain);
        assert!(replied["review"]["merchantReply"]["repliedAt"].is_string());
        assert_eq!(seen(&app, &review, REPLY).await, replied["review"], "everybody sees it");
    }
    let edit = json!({ "reviewId": review, "version": 1, "body": "Better" });
    let edited = app.as_user(ada).mutate("updateReview", edit, "review { merchantReply { body } }").await;
    assert_eq!(edited["review"]["merchantReply"]["body"], "We have\nnew noodles.", "an answer is no edit");

    for body in [reply(Value::Null), json!({ "reviewId": review })] {
        app.as_user(owner).mutate("replyAsMerchant", reply(json!("Thanks")), "").await;
        app.as_user(owner).mutate("replyAsMerchant", body, "").await;
        assert_eq!(seen(&app, &review, "merchantReply { body }").await, json!({ "merchantReply": null }));
    }
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_may_be_as_long_as_its_limit_and_no_longer() {
    let app = TestApp::new().await;
    let (_, owner, review) = reviewed(&app).await;
    let reply = |body: String| json!({ "reviewId": review, "body": body });
    let owner = app.as_user(owner);
    owner.mutate("replyAsMerchant", reply(FLAG.repeat(2_000)), "").await;
    for body in [FLAG.repeat(2_001), "x".repeat(2_001), " \n".into(), String::new()] {
        assert_eq!(owner.refused("replyAsMerchant", reply(body)).await, ["BAD_INPUT input.body"]);
    }
    let kept = seen(&app, &review, "merchantReply { body }").await;
    assert_eq!(kept["merchantReply"]["body"], FLAG.repeat(2_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_of_the_shop_answers() {
    let app = TestApp::new().await;
    let (ada, owner, review) = reviewed(&app).await;
    let (rival, elsewhere) = (app.user("rival").await, app.shop("Dumplings").await);
    app.execute(&format!("update shops set owner_id = '{rival}' where id = '{elsewhere}'")).await;
    let merchant = app.user("merchant").await;
    app.grant(merchant, db::Role::Merchant, &[]).await;
    let mia = app.moderator("mia").await;
    for stranger in [ada, rival, merchant, mia] {
        for body in [json!("Mine!"), Value::Null] {
            let reply = json!({ "reviewId": review, "body": body });
            assert_eq!(app.as_user(stranger).refused("replyAsMerchant", reply).await, ["FORBIDDEN input.reviewId"]);
        }
    }
    app.as_user(owner).mutate("replyAsMerchant", json!({ "reviewId": review, "body": "Ours." }), "").await;
    assert_eq!(seen(&app, &review, "merchantReply { body }").await["merchantReply"]["body"], "Ours.");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_a_review_that_is_hidden_or_not_there() {
    let app = TestApp::new().await;
    let (ada, owner, review) = reviewed(&app).await;
    let (bob, shop) = (app.user("bob").await, app.shop("Dumplings").await);
    app.execute(&format!("update shops set owner_id = '{owner}' where id = '{shop}'")).await;
    let hidden = app.review(bob, shop, 1).await;
    app.hide("reviews", hidden).await;
    for (id, reason) in [
        (global(hidden), "NOT_FOUND input.reviewId"),
        (global(db::ReviewId::new()), "NOT_FOUND input.reviewId"),
        (global(shop), "BAD_INPUT input.reviewId"),
    ] {
        for user in [owner, ada] {
            let reply = json!({ "reviewId": id, "body": "Sorry!" });
            assert_eq!(app.as_user(user).refused("replyAsMerchant", reply).await, [reason]);
        }
    }
    assert_eq!(seen(&app, &review, "merchantReply { body }").await, json!({ "merchantReply": null }));
}
