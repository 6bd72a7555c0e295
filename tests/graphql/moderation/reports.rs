use serde_json::{Value, json};
use tests::TestApp;

use super::{moderate, open_reports, report};
use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn a_moderator_sees_the_oldest_report_first_with_all_it_is_about() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let review = app.review(ada, app.shop("Noodles").await, 1).await;
    let comment = app.comment(bob, review, None, "Rude").await;
    let told = json!({ "subjectId": global(review), "reason": "FAKE", "detail": "Never there" });
    let first = app.as_user(bob).mutate("report", told, "id").await["id"].take();
    let second = report(&app.as_user(ada), &global(comment)).await;
    let third = report(&app.as_user(ada), &global(review)).await;
    // What is reported can be out of sight by now.
    app.hide("reviews", review).await;
    app.hide("comments", comment).await;
    app.execute(&format!("delete from users where id = '{bob}'")).await;

    let query = "query ($first: Int!, $after: Cursor) { reports(first: $first, after: $after) {
        edges { node { id reason detail createdAt reporter { handle } subject { __typename id ... on Review { body state author { handle } }
            ... on Comment { said: body hidden: state } } } } pageInfo { hasNextPage endCursor } } }";
    let mia = app.as_user(mia);
    let page = mia.run(query, json!({ "first": 2 })).await["reports"].take();
    let nodes = [&page["edges"][0]["node"], &page["edges"][1]["node"]];
    let of_review = json!({ "__typename": "Review", "id": global(review), "body": "1 stars", "state": "HIDDEN", "author": { "handle": "ada" } });
    let of_comment = json!({ "__typename": "Comment", "id": global(comment), "said": "Rude", "hidden": "HIDDEN" });
    assert_eq!(
        page["edges"],
        json!([
            { "node": { "id": first, "reason": "FAKE", "detail": "Never there", "createdAt": nodes[0]["createdAt"], "reporter": null, "subject": of_review } },
            { "node": { "id": second, "reason": "SPAM", "detail": null, "createdAt": nodes[1]["createdAt"], "reporter": { "handle": "ada" }, "subject": of_comment } },
        ])
    );
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let rest = json!({ "first": 2, "after": page["pageInfo"]["endCursor"] });
    let rest = mia.run(query, rest).await["reports"].take();
    assert_eq!(rest["edges"].as_array().map(Vec::len), Some(1));
    assert_eq!((&rest["edges"][0]["node"]["id"], &rest["pageInfo"]["hasNextPage"]), (&third, &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_what_was_deleted_are_gone() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let review = app.review(ada, app.shop("Noodles").await, 1).await;
    let comment = app.comment(ada, review, None, "Rude").await;
    app.recount().await;
    let (ada, bob, mia) = (app.as_user(ada), app.as_user(bob), app.as_user(mia));
    let of_review = report(&bob, &global(review)).await;
    let of_comment = report(&bob, &global(comment)).await;
    assert_eq!(open_reports(&mia).await, [of_review.clone(), of_comment]);
    ada.mutate("deleteComment", json!({ "commentId": global(comment) }), "").await;
    assert_eq!(open_reports(&mia).await, [of_review]);
    ada.mutate("deleteReview", json!({ "reviewId": global(review) }), "").await;
    assert_eq!(open_reports(&mia).await, [Value::Null; 0]);
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_a_moderator_sees_reports() {
    let app = TestApp::new().await;
    let (ada, bob, merchant) = (app.user("ada").await, app.user("bob").await, app.user("merchant").await);
    let former = app.moderator("former").await;
    let review = app.review(ada, app.shop("Noodles").await, 1).await;
    app.grant(merchant, db::Role::Merchant, &[]).await;
    report(&app.as_user(bob), &global(review)).await;
    assert_eq!(open_reports(&app.as_user(former)).await.len(), 1);
    app.grant(former, db::Role::User, &[]).await;

    let query = "{ reports { edges { node { id } } } }";
    for user in [ada, bob, merchant, former] {
        let answer = app.as_user(user).post(json!({ "query": query })).await;
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "FORBIDDEN");
        assert_eq!(answer.body["data"], Value::Null);
    }
    assert_eq!(app.anonymous().fail(query, json!({})).await["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_settles_the_reports_of_its_subject_only() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let (noodles, dumplings) = (app.shop("Noodles").await, app.shop("Dumplings").await);
    let (review, other) = (app.review(ada, noodles, 1).await, app.review(ada, dumplings, 1).await);
    let comment = app.comment(ada, review, None, "Rude").await;
    app.recount().await;
    let (ada, bob, mia) = (app.as_user(ada), app.as_user(bob), app.as_user(mia));
    for client in [&ada, &bob] {
        report(client, &global(review)).await;
    }
    let left = [report(&bob, &global(other)).await, report(&bob, &global(comment)).await];
    moderate(&mia, &global(review), "HIDDEN").await;
    assert_eq!(open_reports(&mia).await, left);
    assert_eq!(app.count("reports where resolved_at is not null and resolver_id is not null").await, 2);
    moderate(&mia, &global(comment), "HIDDEN").await;
    moderate(&mia, &global(other), "VISIBLE").await;
    assert_eq!(open_reports(&mia).await, [Value::Null; 0]);
    moderate(&mia, &global(review), "VISIBLE").await;
    assert_eq!(open_reports(&mia).await, [Value::Null; 0], "what is settled stays settled");
    app.assert_counters().await;
}
