use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Client, TestApp};

use super::{moderate, open_reports, report, state};
use crate::nodes::global;

/// Wherever a review could be seen.
async fn sights(client: &Client<'_>, shop: db::ShopId, author: db::UserId, review: db::ReviewId) -> Value {
    let query = "query ($shop: ID!, $author: ID!, $review: ID!) {
        node(id: $review) { id } nodes(ids: [$review]) { id }
        shop(id: $shop) { rating { average count histogram { count } } viewerReview { id state } reviews { totalCount edges { node { id } } } }
        user(id: $author) { reviews { totalCount edges { node { id } } } }
        viewer { feed { totalCount edges { node { id } } } } }";
    client.run(query, json!({ "shop": global(shop), "author": global(author), "review": global(review) })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_review_vanishes_and_comes_back_as_it_was() {
    let app = TestApp::new().await;
    let (ada, bob, mia) = (app.user("ada").await, app.user("bob").await, app.moderator("mia").await);
    let shop = app.shop("Noodles").await;
    let (review, other) = (app.review(ada, shop, 1).await, app.review(bob, shop, 4).await);
    let comment = app.comment(bob, review, None, "Really?").await;
    app.like(bob, db::LikeSubject::Review(review)).await;
    app.follow(bob, ada).await;
    app.recount().await;
    let (ada_id, id) = (ada, global(review));
    let (ada, bob, mia, nobody) = (app.as_user(ada), app.as_user(bob), app.as_user(mia), app.anonymous());
    let everywhere = || join_all([&bob, &nobody, &ada].map(|client| sights(client, shop, ada_id, review)));
    let before = everywhere().await;
    assert_eq!(before[0]["viewer"]["feed"]["totalCount"], 1);

    let reported = report(&bob, &id).await;
    assert_eq!(open_reports(&mia).await, [reported]);
    assert_eq!(moderate(&mia, &id, "HIDDEN").await, "HIDDEN");
    app.assert_counters().await;
    assert_eq!(open_reports(&mia).await, [Value::Null; 0]);
    let histogram: Vec<_> = [0, 1, 0, 0, 0].map(|count| json!({ "count": count })).into();
    let hidden = |own: Value, node: Value, feed: Value| {
        let left = json!({ "node": { "id": global(other) } });
        let rating = json!({ "average": 4.0, "count": 1, "histogram": histogram });
        json!({
            "node": node, "nodes": [node],
            "shop": { "rating": rating, "viewerReview": own, "reviews": { "totalCount": 1, "edges": [left] } },
            "user": { "reviews": { "totalCount": 0, "edges": [] } }, "viewer": feed
        })
    };
    let empty = json!({ "feed": { "totalCount": 0, "edges": [] } });
    let seen = everywhere().await;
    assert_eq!(seen[0], hidden(json!({ "id": global(other), "state": "VISIBLE" }), Value::Null, empty.clone()));
    assert_eq!(seen[1], hidden(Value::Null, Value::Null, Value::Null));
    assert_eq!(seen[2], hidden(json!({ "id": id, "state": "HIDDEN" }), json!({ "id": id }), empty));
    for (client, expected) in [(&ada, json!("HIDDEN")), (&mia, json!("HIDDEN")), (&bob, Value::Null)] {
        assert_eq!(state(client, &id).await, expected);
    }
    assert_eq!(state(&nobody, &global(comment)).await, Value::Null, "so is what hangs on it");

    assert_eq!(moderate(&mia, &id, "VISIBLE").await, "VISIBLE");
    assert_eq!(everywhere().await, before);
    assert_eq!(state(&nobody, &global(comment)).await, "VISIBLE");
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn to_decide_the_same_twice_changes_nothing() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    let (mia, dom) = (app.moderator("mia").await, app.moderator("dom").await);
    let review = app.review(ada, shop, 1).await;
    app.review(bob, shop, 4).await;
    let comment = app.comment(bob, review, None, "Really?").await;
    app.recount().await;
    let moderators = [app.as_user(mia), app.as_user(dom)];
    for id in [global(comment), global(review)] {
        for state in ["VISIBLE", "HIDDEN", "HIDDEN", "VISIBLE", "VISIBLE"] {
            assert_eq!(moderate(&moderators[0], &id, state).await, state);
            app.assert_counters().await;
        }
        for round in 0..4 {
            let state = ["HIDDEN", "VISIBLE"][round % 2];
            join_all((0..6).map(|n| moderate(&moderators[n % 2], &id, state))).await;
            app.assert_counters().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_a_moderator_decides() {
    let app = TestApp::new().await;
    let (ada, bob, merchant) = (app.user("ada").await, app.user("bob").await, app.user("merchant").await);
    let former = app.moderator("former").await;
    app.grant(former, db::Role::User, &[]).await;
    app.grant(merchant, db::Role::Merchant, &[]).await;
    let review = app.review(ada, app.shop("Noodles").await, 1).await;
    app.recount().await;
    let decision = |id: Value| json!({ "subjectId": id, "state": "HIDDEN" });
    for user in [ada, bob, merchant, former] {
        for id in [global(review), global(db::ReviewId::new()), global(db::CommentId::new())] {
            assert_eq!(app.as_user(user).refused("moderate", decision(id)).await, ["FORBIDDEN"]);
        }
    }
    let input = json!({ "input": decision(global(review)) });
    let error = app.anonymous().fail(&tests::document("moderate", ""), input).await;
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(state(&app.anonymous(), &global(review)).await, "VISIBLE");
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_decided_about_what_is_not_there() {
    let app = TestApp::new().await;
    let (ada, mia) = (app.user("ada").await, app.moderator("mia").await);
    let mia = app.as_user(mia);
    for (id, reason) in [
        (global(db::ReviewId::new()), "NOT_FOUND input.subjectId"),
        (global(db::CommentId::new()), "NOT_FOUND input.subjectId"),
        (global(ada), "BAD_INPUT input.subjectId"),
    ] {
        for state in ["HIDDEN", "VISIBLE"] {
            assert_eq!(mia.refused("moderate", json!({ "subjectId": id, "state": state })).await, [reason]);
        }
    }
}
