use serde_json::{Value, json};
use tests::TestApp;

use super::{moderate, open_reports, report};
use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn another_report_of_the_same_thing_replaces_the_first() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let review = app.review(ada, app.shop("Noodles").await, 1).await;
    let comment = app.comment(ada, review, None, "Rude").await;
    app.recount().await;
    let (bob, mia) = (app.as_user(bob), app.as_user(mia));
    for (n, subject) in [(1, global(review)), (2, global(comment))] {
        let first = report(&bob, &subject).await;
        let again = json!({ "subjectId": subject, "reason": "OTHER", "detail": " It's\r\nmine " });
        assert_eq!(bob.mutate("report", again, "id").await["id"], first);
        assert_eq!(app.count("reports").await, n);
        let query = "{ reports { edges { node { id reason detail reporter { handle } } } } }";
        let found = mia.run(query, json!({})).await;
        let expected =
            json!({ "id": first, "reason": "OTHER", "detail": "It's\nmine", "reporter": { "handle": "bob" } });
        assert_eq!(found["reports"]["edges"], json!([{ "node": expected }]));

        moderate(&mia, &subject, "VISIBLE").await;
        assert_eq!(open_reports(&mia).await, [Value::Null; 0], "it is settled");
        assert_eq!(report(&bob, &subject).await, first);
        assert_eq!(open_reports(&mia).await, [first], "it is open again");
        assert_eq!(app.count("reports where detail is null and resolver_id is null").await, 1);
        moderate(&mia, &subject, "VISIBLE").await;
    }
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_has_a_report_of_their_own() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let review = app.review(ada, app.shop("Noodles").await, 1).await;
    let (ada, bob, mia) = (app.as_user(ada), app.as_user(bob), app.as_user(mia));
    let subject = global(review);
    let reports = [report(&ada, &subject).await, report(&bob, &subject).await, report(&mia, &subject).await];
    assert_eq!(open_reports(&mia).await, reports);
    let together = (0..8).map(|_| report(&bob, &subject));
    assert_eq!(futures_util::future::join_all(together).await, vec![reports[1].clone(); 8]);
    assert_eq!(app.count("reports").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_says_what_is_wrong() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let shop = app.shop("Noodles").await;
    let review = app.review(ada, shop, 1).await;
    let bob = app.as_user(bob);
    let told = |reason: &str, detail: Value| json!({ "subjectId": global(review), "reason": reason, "detail": detail });
    for (reason, detail) in [
        ("OTHER", Value::Null),
        ("OTHER", json!(" ")),
        ("SPAM", json!("\u{200b}")),
        ("FAKE", json!("🇫🇮".repeat(1_001))),
    ] {
        assert_eq!(bob.refused("report", told(reason, detail)).await, ["BAD_INPUT input.detail"], "{reason}");
    }
    for id in [global(shop), global(ada), json!("nonsense")] {
        let reasons = bob.refused("report", json!({ "subjectId": id, "reason": "OTHER" })).await;
        assert_eq!(reasons, ["BAD_INPUT input.subjectId", "BAD_INPUT input.detail"]);
    }
    assert_eq!(app.count("reports").await, 0);
    for reason in ["SPAM", "ABUSE", "FAKE", "PRIVACY", "OTHER"] {
        bob.mutate("report", told(reason, json!("🇫🇮".repeat(1_000))), "").await;
    }
    assert_eq!(app.count("reports where reason = 'other'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_sees_nobody_reports() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let shop = app.shop("Noodles").await;
    let (hidden, review) = (app.review(ada, shop, 1).await, app.review(bob, shop, 4).await);
    let under = app.comment(bob, hidden, None, "Under what is hidden").await;
    let thread = app.comment(ada, review, None, "Rude").await;
    let reply = app.comment(bob, review, Some(thread), "Sigh").await;
    app.hide("reviews", hidden).await;
    app.hide("comments", thread).await;
    let unknown = [global(db::ReviewId::new()), global(db::CommentId::new())];
    for id in [global(hidden), global(under), global(thread), global(reply)].iter().chain(&unknown) {
        for user in [ada, bob] {
            let reasons = app.as_user(user).refused("report", json!({ "subjectId": id, "reason": "SPAM" })).await;
            assert_eq!(reasons, ["NOT_FOUND input.subjectId"]);
        }
    }
    let input = json!({ "input": { "subjectId": global(review), "reason": "SPAM" } });
    let error = app.anonymous().fail(&tests::document("report", ""), input).await;
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(app.count("reports").await, 0);
}
