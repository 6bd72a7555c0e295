use serde_json::json;
use tests::until;

use super::{Instances, global};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_asked_to_stop_says_so_in_its_sockets_and_answers_what_is_under_way() {
    let mut instances = Instances::start().await;
    let people = instances.people.clone();
    let ada = people.world.user("ada").await;
    let shop = people.world.shop("Noodles").await;
    let review = people.world.review(ada, shop, 4).await;
    let follow = |script, what| instances.follower(script, ada, &[what]);
    let clients = [
        follow("graphql-ws.client.mjs", format!("reviewAdded={}", global(shop))),
        follow("graphql-sse.client.mjs", format!("commentAdded={}", global(review))),
    ];
    instances.until_heard(&format!("reviews-of:{shop}")).await;
    instances.until_heard(&format!("comments-of:{review}")).await;

    let blocker = people.world.sql().await;
    blocker.batch_execute("begin; lock table shops in access exclusive mode").await.expect("a lock");
    let address = instances.b.address.clone();
    let asking = people.clone();
    let request = tokio::spawn(async move {
        let query = "query ($id: ID!) { shop(id: $id) { name } }";
        asking.ask(&address, ada, query, json!({ "id": global(shop) })).await.data()
    });
    let waiting = "pg_locks where relation = 'shops'::regclass and not granted";
    until("it waits for the lock", async || (people.world.count(waiting).await > 0).then_some(())).await;
    instances.b.signal("TERM");
    for client in clients {
        until("it is told", async || (!client.said().is_empty()).then_some(())).await;
        let said = client.said().swap_remove(0);
        // A stream has no other way to say that it goes on elsewhere.
        assert!(said["closed"] == 1001 || said["lost"] == true, "{said}");
    }
    blocker.batch_execute("commit").await.expect("the lock is released");
    assert_eq!(request.await.expect("no panic"), json!({ "shop": { "name": "Noodles" } }));
    assert!(instances.b.ended().success());
}
