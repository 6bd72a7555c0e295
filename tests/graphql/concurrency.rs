//! Many who write at the same time: no write is lost, none is counted twice, and nobody is told of it.

use futures_util::future::join_all;
use futures_util::join;
use serde_json::{Value, json};
use tests::{Client, TestApp, document};

use crate::nodes::global;

/// One shop with one review, which has one comment: what everybody writes about.
struct Town<'app> {
    servers: &'app [&'app TestApp],
    shop: Value,
    review: Value,
    comment: Value,
}

const REVIEW: &str = "review { id version rating }";
const COMMENT: &str = "edge { node { id } }";

#[tokio::test(flavor = "multi_thread")]
async fn at_one_server_no_write_is_lost_or_counted_twice() {
    let app = TestApp::new().await;
    all_at_once(&[&app]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_two_servers_no_write_is_lost_or_counted_twice() {
    let app = TestApp::new().await;
    all_at_once(&[&app, &app.twin().await]).await;
}

async fn all_at_once(servers: &[&TestApp]) {
    let app = servers[0];
    let (host, shop) = (app.user("host").await, global(app.shop("Noodles").await));
    let hosts = app.as_user(host);
    let review = hosts.mutate("createReview", json!({ "shopId": shop, "rating": 3, "body": "Mine" }), REVIEW).await;
    let review = review["review"]["id"].clone();
    let comment = hosts.mutate("addComment", json!({ "reviewId": review, "body": "Well" }), COMMENT).await;
    let town = Town { servers, shop, review, comment: comment["edge"]["node"]["id"].clone() };

    let leavers = join_all((0..6).map(|n| town.sign_up(format!("leaver_{n}")))).await;
    let stayers = town.people("stayer", 6).await;
    let (mut stars, likers, comments, _, _) = join!(
        reviews(&town),
        likes(&town),
        thread(&town),
        follows(&town, &stayers),
        join_all(leavers.iter().enumerate().map(|(n, leaver)| leave(&town, n, leaver, stayers[n]))),
    );

    app.assert_counters().await;
    stars[2] += 1;
    stars.reverse();
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Shop { rating { histogram { count } } }
        ... on Review { likeCount commentCount } ... on Comment { likeCount replies { totalCount } } } }";
    let found = app.anonymous().run(query, json!({ "ids": [town.shop, town.review, town.comment] })).await;
    assert_eq!(found["nodes"][0]["rating"]["histogram"], json!(stars.map(|count| json!({ "count": count }))));
    let (comments, replies) = comments;
    // What leavers said stays.
    let replies = replies + leavers.len();
    assert_eq!(found["nodes"][1], json!({ "likeCount": likers, "commentCount": 1 + comments + replies }));
    assert_eq!(found["nodes"][2], json!({ "likeCount": likers, "replies": { "totalCount": replies } }));

    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { followerCount followingCount } } }";
    let found =
        app.anonymous().run(query, json!({ "ids": stayers.iter().map(|id| global(*id)).collect::<Vec<_>>() })).await;
    // Everybody follows, and is followed by, those at an even distance: two of the five others.
    assert_eq!(found["nodes"], json!(vec![json!({ "followerCount": 2, "followingCount": 2 }); 6]));
}

/// Twenty people review the shop, change their minds, and some take it back. Returns how many stars of each kind remain.
async fn reviews(town: &Town<'_>) -> [usize; 5] {
    let people = town.people("critic", 20).await;
    let fan = town.servers[0].user("fan").await;
    let ratings = join_all(people.into_iter().enumerate().map(async |(n, person)| {
        let (here, there) = (town.client(n, person), town.client(n + 1, person));
        let input = json!({ "shopId": town.shop, "rating": 1 + n % 5, "body": "Hm", "idempotencyKey": "first" });
        let (created, again) = join!(
            here.mutate("createReview", input.clone(), REVIEW),
            there.mutate("createReview", input.clone(), REVIEW)
        );
        assert_eq!(created["review"]["id"], again["review"]["id"]);
        let id = created["review"]["id"].clone();

        let change = |rating: usize| json!({ "reviewId": id, "version": 1, "rating": rating });
        let (one, other) = join!(
            here.attempt("updateReview", change(1 + (n + 1) % 5), REVIEW),
            there.attempt("updateReview", change(1 + (n + 2) % 5), REVIEW)
        );
        let (done, late) = if one["review"].is_null() { (other, one) } else { (one, other) };
        assert_eq!((&done["review"]["version"], &late["userErrors"][0]["code"]), (&json!(2), &json!("STALE_VERSION")));
        if n % 3 > 0 {
            return done["review"]["rating"].as_u64();
        }
        let delete = json!({ "reviewId": id });
        let fan = town.client(n, fan);
        let like = json!({ "subjectId": id, "liked": true });
        let (one, other, ..) = join!(
            here.attempt("deleteReview", delete.clone(), "id"),
            there.attempt("deleteReview", delete, "id"),
            fan.attempt("setLike", like.clone(), ""),
            there.attempt("setLike", like, ""),
        );
        assert!(one["id"].is_null() != other["id"].is_null(), "it is deleted once: {one} {other}");
        if n % 2 > 0 {
            return None;
        }
        let input = json!({ "shopId": town.shop, "rating": 5, "body": "Again" });
        here.mutate("createReview", input, REVIEW).await["review"]["rating"].as_u64()
    }))
    .await;
    [1, 2, 3, 4, 5].map(|stars| ratings.iter().flatten().filter(|rating| **rating == stars).count())
}

/// Ten people cannot make up their minds about a review and a comment. Returns how many like each in the end.
async fn likes(town: &Town<'_>) -> usize {
    let people = town.people("liker", 10).await;
    join_all(people.iter().enumerate().map(async |(n, person)| {
        for liked in [true, false, true, false, n % 2 == 0] {
            let set = async |server: usize, subject: &Value| {
                let input = json!({ "subjectId": subject, "liked": liked });
                town.client(server, *person).mutate("setLike", input, "subject { viewerHasLiked }").await
            };
            join!(set(n, &town.review), set(n + 1, &town.review), set(n, &town.comment), set(n + 1, &town.comment));
        }
    }))
    .await;
    people.len() / 2
}

/// Ten people talk under the review; some regret it while the next one answers them. Returns how many comments remain, and how many
/// replies to the comment that was there before.
async fn thread(town: &Town<'_>) -> (usize, usize) {
    let people = town.people("talker", 10).await;
    let add = async |n: usize, parent: Option<&Value>| {
        let input = json!({ "reviewId": town.review, "parentId": parent, "body": "Really?", "idempotencyKey": null });
        let added = town.client(n, people[n % people.len()]).attempt("addComment", input, COMMENT).await;
        added["edge"]["node"]["id"].clone()
    };
    let remain = join_all((0..people.len()).map(async |n| {
        let (opened, reply, regretted) = join!(add(n, None), add(n, Some(&town.comment)), add(n, Some(&town.comment)));
        let delete = async |comment: &Value| {
            town.client(n, people[n]).mutate("deleteComment", json!({ "commentId": comment }), "id").await;
        };
        assert!(!reply.is_null());
        join!(delete(&regretted), add(n + 1, Some(&opened)), async {
            if n % 2 == 0 {
                delete(&opened).await;
            }
        });
        // With what was deleted goes what was answered, or else it came too late.
        2 * (n % 2)
    }))
    .await;
    (remain.iter().sum(), people.len())
}

/// Everybody follows everybody else and back, and stops it again, but for those at an even distance.
async fn follows(town: &Town<'_>, people: &[db::UserId]) {
    let pairs = (0..people.len()).flat_map(|n| (0..people.len()).map(move |m| (n, m))).filter(|(n, m)| n != m);
    join_all(pairs.map(async |(n, m)| {
        for following in [true, false, true, n.abs_diff(m) % 2 == 0] {
            let input = json!({ "userId": global(people[m]), "following": following });
            let follow = async |server| town.client(server, people[n]).mutate("setFollow", input.clone(), "").await;
            join!(follow(n), follow(m));
        }
    }))
    .await;
}

/// Somebody who signed up does all sorts of things until they are gone, which they are in the midst of it.
async fn leave(town: &Town<'_>, n: usize, leaver: &Value, friend: db::UserId) {
    let token = leaver["accessToken"].as_str().expect("a token");
    let (here, there) = (town.servers[n % town.servers.len()], town.servers[(n + 1) % town.servers.len()]);
    let (here, there) = (here.with_token(token), there.with_token(token));
    let input = json!({ "shopId": town.shop, "rating": 1, "body": "Bye" });
    let review = here.mutate("createReview", input, REVIEW).await["review"].take();
    here.mutate("addComment", json!({ "reviewId": town.review, "parentId": town.comment, "body": "Bye" }), "").await;

    let liking = async |subject: &Value| {
        let set = async |liked| done(&here, "setLike", json!({ "subjectId": subject, "liked": liked })).await;
        while set(true).await && set(false).await {}
    };
    let following = async {
        let set = async |following| {
            done(&there, "setFollow", json!({ "userId": global(friend), "following": following })).await
        };
        while set(true).await && set(false).await {}
    };
    let followed = async {
        let client = town.client(n, friend);
        let user = &leaver["viewer"]["user"]["id"];
        let set = async |following| done(&client, "setFollow", json!({ "userId": user, "following": following })).await;
        while set(true).await && set(false).await {}
    };
    let editing = async {
        let change = |version: u64| json!({ "reviewId": review["id"], "version": version, "rating": 1 + version % 5 });
        let mut version = 1;
        while done(&there, "updateReview", change(version)).await {
            version += 1;
        }
    };
    let talking = async {
        let comment = json!({ "reviewId": review["id"], "body": "To myself" });
        while done(&there, "addComment", comment.clone()).await {}
    };
    let leaving = here.mutate("deleteAccount", json!({ "password": "correct horse" }), "id");
    join!(
        liking(&town.review),
        liking(&town.comment),
        liking(&review["id"]),
        following,
        followed,
        editing,
        talking,
        leaving
    );
}

/// Whether a mutation was done. It was not if who asks, or what they ask for, is there no longer; there is no other reason.
async fn done(client: &Client<'_>, mutation: &str, input: Value) -> bool {
    let body = client.post(json!({ "query": document(mutation, ""), "variables": { "input": input } })).await.body;
    let reason = match &body["errors"][0] {
        Value::Null => &body["data"][mutation]["userErrors"][0]["code"],
        error => &error["extensions"]["code"],
    };
    assert!(["UNAUTHENTICATED", "NOT_FOUND"].contains(&reason.as_str().unwrap_or("NOT_FOUND")), "{mutation}: {body}");
    reason.is_null()
}

impl<'app> Town<'app> {
    /// Whoever asks is served by one server or another.
    fn client(&self, n: usize, user: db::UserId) -> Client<'app> {
        self.servers[n % self.servers.len()].as_user(user)
    }

    async fn people(&self, name: &str, count: usize) -> Vec<db::UserId> {
        join_all((0..count).map(async |n| self.servers[0].user(&format!("{name}_{n}")).await)).await
    }

    async fn sign_up(&self, handle: String) -> Value {
        let input = json!({ "email": format!("{handle}@example.org"), "password": "correct horse", "handle": handle });
        self.servers[0].anonymous().mutate("signUp", input, "accessToken viewer { user { id } }").await
    }
}
