use serde_json::json;
use tests::{Redis, TestApp, place, until};

use super::{account, all, alone, counts, differences, two};
use crate::authorisation::{ACTORS, Stage, TABLE};
use crate::nodes::global;

/// Those known before, and those that are there now.
async fn known(app: &TestApp, before: [Vec<String>; 3]) -> [Vec<String>; 3] {
    let mut known = before;
    for (known, now) in known.iter_mut().zip(all(app).await) {
        known.extend(now);
        known.sort();
        known.dedup();
    }
    known
}

#[tokio::test(flavor = "multi_thread")]
async fn after_every_mutation_every_row_is_as_it_is_in_postgresql_at_every_instance() {
    let redis = Redis::start().await;
    let (app, twin) = two(&redis, |_| ()).await;
    let moderator = app.moderator("moderator").await;
    for (mutation, input, expected) in TABLE {
        for (actor, _) in ACTORS.into_iter().zip(expected).filter(|(_, expected)| **expected == "done") {
            let stage = Stage::new(&app).await;
            let client = stage.client(&app, actor, moderator).await;
            let before = all(&app).await;
            // Now they are kept.
            assert_eq!(differences(&app, &before).await, Vec::<String>::new(), "before {mutation}");
            differences(&twin, &before).await;
            client.mutate(mutation, input(&stage), "").await;
            let known = known(&app, before).await;
            assert_eq!(differences(&app, &known).await, Vec::<String>::new(), "{mutation} by {actor}");
            until("others have heard", async || differences(&twin, &known).await.is_empty().then_some(())).await;
        }
    }
    for kind in ["Shop", "User", "Review"] {
        assert!(counts(&app, kind).hits_in_process > 1_000 && counts(&twin, kind).hits_in_process > 1_000, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_takes_along_what_is_theirs_from_every_row() {
    let app = alone(|_| ()).await;
    let (ada, proof) = account(&app, "ada").await;
    let (bob, own, shop, other) =
        (app.user("bob").await, app.shop("Hers").await, app.shop("Noodles").await, app.shop("Rice").await);
    app.grant(ada, db::Role::Merchant, &[own]).await;
    app.review(ada, shop, 5).await;
    let liked = app.review(bob, shop, 3).await;
    app.review(bob, other, 3).await;
    app.like(ada, db::LikeSubject::Review(liked)).await;
    app.follow(ada, bob).await;
    app.follow(bob, ada).await;
    app.recount().await;
    app.work_off().await;
    let before = all(&app).await;
    assert_eq!(differences(&app, &before).await, Vec::<String>::new());
    app.as_user(ada).mutate("deleteAccount", proof, "").await;
    assert_eq!(differences(&app, &before).await, Vec::<String>::new());
    let owner = app.anonymous().run("query ($id: ID!) { shop(id: $id) { name } }", json!({ "id": global(own) })).await;
    assert_eq!(owner["shop"]["name"], "Hers");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_commands_change_the_worker_has_forgotten() {
    let app = alone(|_| ()).await;
    let (mei, ada) = (app.user("mei").await, app.user("ada").await);
    let mut noodles = place(&app, "Noodles").await;
    let shop = app.store(std::slice::from_ref(&noodles)).await[0];
    let check = async |what: &str, is_changed: bool| {
        let before = all(&app).await;
        assert_ne!(differences(&app, &before).await.is_empty(), is_changed, "{what}, before the worker");
        app.work_off().await;
        assert_eq!(differences(&app, &before).await, Vec::<String>::new(), "{what}");
    };
    check("nothing", false).await;
    noodles.phone = Some("+358 9 1".into());
    app.store(std::slice::from_ref(&noodles)).await;
    check("an import", true).await;
    app.grant(mei, db::Role::Merchant, &[shop]).await;
    check("a role", true).await;
    app.grant(mei, db::Role::User, &[]).await;
    check("another role", true).await;
    let price =
        db::bulk::ShopPrice { shop_id: shop, price_level: 2, average_spend_minor: 2_000, currency: "EUR".into() };
    let mut conn = app.postgres.conn().await.expect("a connection");
    db::bulk::ShopPrice::update_unknown(&mut conn, &[price]).await.expect("a price");
    drop(conn);
    check("a price", true).await;
    let review = app.review(ada, shop, 4).await;
    app.like(mei, db::LikeSubject::Review(review)).await;
    app.follow(mei, ada).await;
    check("what nobody has counted", false).await;
    app.recount().await;
    check("a count", true).await;
}
