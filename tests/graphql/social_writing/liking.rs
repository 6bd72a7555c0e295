use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::TestApp;

use crate::nodes::global;

const SUBJECT: &str =
    "subject { __typename id likeCount viewerHasLiked likers { totalCount edges { node { handle } } } }";

/// What a like makes of its subject; `likers` are those who like it then.
fn liked(kind: &str, id: &Value, viewer: bool, likers: &[&str]) -> Value {
    let edges: Vec<_> = likers.iter().map(|handle| json!({ "node": { "handle": handle } })).collect();
    json!({
        "__typename": kind, "id": id, "likeCount": likers.len(), "viewerHasLiked": viewer,
        "likers": { "totalCount": likers.len(), "edges": edges }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_and_comments_are_liked_and_no_longer_liked_once_however_often_one_says_so() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let review = app.review(ada, app.shop("Noodles").await, 4).await;
    let thread = app.comment(bob, review, None, "Really?").await;
    let reply = app.comment(ada, review, Some(thread), "Really.").await;
    app.recount().await;
    for (kind, id) in [("Review", global(review)), ("Comment", global(thread)), ("Comment", global(reply))] {
        let set = async |user, on: bool| {
            app.as_user(user).mutate("setLike", json!({ "subjectId": id, "liked": on }), SUBJECT).await["subject"]
                .take()
        };
        assert_eq!(set(bob, false).await, liked(kind, &id, false, &[]));
        assert_eq!(set(bob, true).await, liked(kind, &id, true, &["bob"]));
        assert_eq!(set(bob, true).await, liked(kind, &id, true, &["bob"]));
        assert_eq!(set(ada, true).await, liked(kind, &id, true, &["ada", "bob"]), "one's own, too");
        assert_eq!(set(bob, false).await, liked(kind, &id, false, &["ada"]));
        assert_eq!(set(bob, false).await, liked(kind, &id, false, &["ada"]));
    }
    app.assert_counters().await;
    for (kind, count) in [("liked", 6), ("unliked", 3)] {
        assert_eq!(
            app.count(&format!("events where kind = '{kind}'")).await,
            count,
            "what changes nothing does not happen"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_sees_nobody_likes() {
    let app = TestApp::new().await;
    let (ada, bob, cai) = (app.user("ada").await, app.user("bob").await, app.user("cai").await);
    let shop = app.shop("Noodles").await;
    let (hidden, review) = (app.review(ada, shop, 1).await, app.review(bob, shop, 4).await);
    let under = app.comment(bob, hidden, None, "Under what is hidden").await;
    let thread = app.comment(ada, review, None, "Rude").await;
    let reply = app.comment(bob, review, Some(thread), "Sigh").await;
    for subject in [db::LikeSubject::Review(hidden), db::LikeSubject::Comment(reply)] {
        app.like(cai, subject).await;
    }
    app.hide("reviews", hidden).await;
    app.hide("comments", thread).await;
    let unknown = [global(db::ReviewId::new()), global(db::CommentId::new())];
    for id in [global(hidden), global(under), global(thread), global(reply)].iter().chain(&unknown) {
        for (user, on) in [(ada, true), (bob, true), (bob, false), (cai, true), (cai, false)] {
            let reasons = app.as_user(user).refused("setLike", json!({ "subjectId": id, "liked": on })).await;
            assert_eq!(reasons, ["NOT_FOUND input.subjectId"]);
        }
    }
    app.assert_counters().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shops_and_people_are_not_liked() {
    let app = TestApp::new().await;
    let (ada, bob, shop) = (app.user("ada").await, app.user("bob").await, app.shop("Noodles").await);
    for id in [global(shop), global(bob), json!("nonsense")] {
        let reasons = app.as_user(ada).refused("setLike", json!({ "subjectId": id, "liked": true })).await;
        assert_eq!(reasons, ["BAD_INPUT input.subjectId"], "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn likes_at_the_same_time_are_counted_once_each() {
    let app = TestApp::new().await;
    let author = app.user("author").await;
    let review = app.review(author, app.shop("Noodles").await, 4).await;
    app.recount().await;
    let mut people = Vec::new();
    for n in 0..4 {
        people.push(app.as_user(app.user(&format!("person_{n}")).await));
    }
    let input = |on: bool| json!({ "subjectId": global(review), "liked": on });
    let likes = join_all((0..12).map(|n| people[n % 4].mutate("setLike", input(true), "subject { likeCount }"))).await;
    assert!(likes.iter().any(|answer| answer["subject"]["likeCount"] == 4), "{likes:?}");
    app.assert_counters().await;
    join_all((0..12).map(|n| people[n % 4].mutate("setLike", input(n / 4 == 1), ""))).await;
    app.assert_counters().await;
}
