use std::collections::HashSet;

use serde_json::{Value, json};
use tests::{schema_of_its_own, until};

use super::follower::passes;
use super::{Instances, global};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_at_one_instance_is_told_at_another_whatever_the_client() {
    let instances = Instances::start().await;
    let (people, a) = (&instances.people, &*instances.a.address);
    let bob = people.world.user("bob").await;
    let (ada, cursor) = people.fan(a, bob).await;
    for (turn, script) in ["graphql-ws", "graphql-sse", "apollo"].into_iter().enumerate() {
        let shop = people.world.shop("Noodles").await;
        let subject = people.world.review(ada, shop, 4).await;
        let subscriptions = [
            format!("notificationAdded={cursor}"),
            format!("reviewAdded={}", global(shop)),
            format!("commentAdded={}", global(subject)),
        ];
        let follower = instances.follower(&format!("{script}.client.mjs"), ada, &subscriptions);
        instances.until_heard(&format!("reviews-of:{shop}")).await;
        instances.until_heard(&format!("comments-of:{subject}")).await;
        let author = people.world.user(&format!("author_{turn}")).await;
        people.world.follow(ada, author).await;
        let review = people.review(a, author, shop).await;
        let input = json!({ "reviewId": global(subject), "body": script });
        let mut comment = people.mutate(a, author, "addComment", input, "edge { cursor node { id } }").await;
        let told = |name: &str| follower.told(name).into_iter().next_back();
        // Each follower goes on from the same cursor, so it is also told of what the others were told.
        let expected = 2 * (turn + 1);
        let all = async || (follower.told("notificationAdded").len() >= expected).then_some(());
        until("it is told of the review and the comment", all).await;
        let kinds: Vec<_> =
            follower.told("notificationAdded").iter().map(|line| line["node"]["kind"].clone()).collect();
        assert!(kinds.contains(&json!("REVIEW")) && kinds.contains(&json!("COMMENT")), "{script}: {kinds:?}");
        let review_told = until("it is told of the review", async || told("reviewAdded")).await;
        assert_eq!((&review_told["node"]["id"], &review_told["node"]["rating"]), (&review, &json!(4)), "{script}");
        let comment_told = until("it is told of the comment", async || told("commentAdded")).await;
        let Value::Object(edge) = comment["edge"].take() else { panic!("no edge") };
        assert_eq!((&comment_told["node"]["id"], &comment_told["cursor"]), (&edge["node"]["id"], &edge["cursor"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apollo_client_reads_writes_is_told_and_understands_what_is_refused() {
    let instances = Instances::start().await;
    let world = &instances.people.world;
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let review = world.review(ada, world.shop("Noodles").await, 4).await;
    passes("apollo.session.mjs", &instances.b.address, &instances.people.token(bob), &global(review));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_worker_could_not_tell_before_it_was_killed_is_told_by_the_next() {
    // With so much patience, nobody concludes that Redis is away, and looks what they missed when it is back.
    let mut instances = Instances::over(schema_of_its_own().await, 10_000).await;
    let people = instances.people.clone();
    let ada = people.world.user("ada").await;
    let review = people.world.review(ada, people.world.shop("Noodles").await, 4).await;
    let follower = instances.follower("graphql-ws.client.mjs", ada, &[format!("commentAdded={}", global(review))]);
    instances.until_heard(&format!("comments-of:{review}")).await;
    instances.worker.signal("STOP");
    let mut written = HashSet::new();
    for turn in 0..3 {
        let author = people.world.user(&format!("author_{turn}")).await;
        let input = json!({ "reviewId": global(review), "body": "Well" });
        let comment = people.mutate(&instances.a.address, author, "addComment", input, "edge { node { id } }").await;
        written.insert(comment["edge"]["node"]["id"].to_string());
    }
    instances.redis.pause();
    instances.worker.signal("CONT");
    let handled = async || (people.world.count("notifications where actor_count = 3").await == 1).then_some(());
    until("they are handled", handled).await;
    instances.worker.signal("KILL");
    instances.redis.resume();
    instances.replace_worker();
    let told = || follower.told("commentAdded").iter().map(|line| line["node"]["id"].to_string()).collect();
    until("all is told", async || (written == told()).then_some(())).await;
}
