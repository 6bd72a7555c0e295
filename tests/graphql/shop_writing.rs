use serde_json::{Value, json};
use tests::{TestApp, category, place};

use crate::nodes::global;

const UPSERT: &str = "mutation ($input: UpsertShopInput!) { upsertShop(input: $input) {
    shop { id version name sv: name(locale: \"sv\") category { id } cuisines
        address { line area city postalCode } location { lat lng } phone website
        openingHours { expression isOpenNow timezone } photos { url } rating { count average } viewerCanUpdate }
    userErrors { code field message } } }";

pub(crate) async fn upsert(app: &TestApp, user: db::UserId, input: &Value) -> Value {
    app.as_user(user).run(UPSERT, json!({ "input": input })).await["upsertShop"].take()
}

/// The shop that an input makes, which nothing is wrong with.
pub(crate) async fn upserted(app: &TestApp, user: db::UserId, input: &Value) -> Value {
    let mut payload = upsert(app, user, input).await;
    assert_eq!(payload["userErrors"], json!([]));
    payload["shop"].take()
}

/// Code and field of all that is wrong with an input.
pub(crate) async fn faults(app: &TestApp, user: db::UserId, input: &Value) -> Vec<(String, String)> {
    let payload = upsert(app, user, input).await;
    assert_eq!(payload["shop"], Value::Null, "{input}");
    let errors = payload["userErrors"].as_array().expect("errors").iter();
    errors
        .map(|error| {
            let path = error["field"].as_array().into_iter().flatten().map(|part| part.as_str().expect("a part"));
            let path: Vec<&str> = path.collect();
            (error["code"].as_str().expect("a code").to_owned(), path.join("."))
        })
        .collect()
}

pub(crate) fn fault(code: &str, path: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), path.to_owned())]
}

pub(crate) fn with(input: &Value, changes: Value) -> Value {
    let mut input = input.clone();
    for (field, value) in changes.as_object().expect("fields") {
        input[field] = value.clone();
    }
    input
}

/// No more than must be given.
pub(crate) async fn bare(app: &TestApp) -> Value {
    json!({
        "name": "Noodle Bar", "categoryId": global(category(app, "restaurant").await),
        "location": { "lat": 60.1699, "lng": 24.9384 }, "address": "Aleksanterinkatu 1",
    })
}

pub(crate) async fn full(app: &TestApp) -> Value {
    let details = json!({
        "area": "Kluuvi", "city": "Helsinki", "postalCode": "00100", "openingHours": "24/7",
        "phone": "+358-9-123 456", "website": "https://noodles.example/menu", "cuisines": ["Chinese", "hot_pot", "chinese"],
    });
    with(&bare(app).await, details)
}

async fn found(app: &TestApp, query: &str, filter: Value) -> Vec<Value> {
    let search = "query ($query: String, $filter: ShopFilter) { searchShops(query: $query, filter: $filter) { edges { node { id } } } }";
    let found = app.anonymous().run(search, json!({ "query": query, "filter": filter })).await;
    found["searchShops"]["edges"].as_array().expect("edges").iter().map(|edge| edge["node"]["id"].clone()).collect()
}

async fn events(app: &TestApp) -> Vec<(String, Value)> {
    let rows = app.sql().await.query("select kind, payload::text from events order by id", &[]).await.expect("events");
    let payload = |row: &tokio_postgres::Row| row.get::<_, String>(1).parse().expect("JSON");
    rows.iter().map(|row| (row.get(0), payload(row))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_lists_a_shop_that_is_found_at_once() {
    let app = TestApp::new().await;
    let (ada, input) = (app.merchant("ada").await, full(&app).await);
    let mut shop = upserted(&app, ada, &input).await;

    let id = shop["id"].take();
    assert_eq!(
        shop,
        json!({
            "id": null, "version": 1, "name": "Noodle Bar", "sv": "Noodle Bar", "category": { "id": input["categoryId"] },
            "cuisines": ["chinese", "hot pot"],
            "address": { "line": "Aleksanterinkatu 1", "area": "Kluuvi", "city": "Helsinki", "postalCode": "00100" },
            "location": { "lat": 60.1699, "lng": 24.9384 },
            "phone": "+358 9 123 456", "website": "https://noodles.example/menu",
            "openingHours": { "expression": "24/7", "isOpenNow": true, "timezone": "Europe/Helsinki" },
            "photos": [], "rating": { "count": 0, "average": null }, "viewerCanUpdate": true,
        })
    );
    for words in ["noodle", "nodle bar", "hot pot", "restaurant", "餐厅"] {
        assert_eq!(found(&app, words, json!({ "openNow": true })).await, std::slice::from_ref(&id), "{words}");
    }
    let events = events(&app).await;
    let (kind, event) = events.last().expect("an event");
    assert_eq!((kind.as_str(), &event["owner"]), ("shop_created", &json!(ada.to_string())));
}

#[tokio::test(flavor = "multi_thread")]
async fn time_zone_and_country_follow_from_the_place() {
    let app = TestApp::new().await;
    let ada = app.merchant("ada").await;
    let input = with(&full(&app).await, json!({ "location": { "lat": 31.23, "lng": 121.47 } }));
    assert_eq!(upserted(&app, ada, &input).await["openingHours"]["timezone"], "Asia/Shanghai");
    let countries = app.sql().await.query("select country_code from shops", &[]).await.expect("countries");
    assert_eq!(countries[0].get::<_, &str>(0), "CN");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_leaves_what_it_does_not_mention() {
    let app = TestApp::new().await;
    let (ada, eve) = (app.merchant("ada").await, app.user("eve").await);
    let mut imported = place(&app, "Kappeli").await;
    imported.names.0 = [("sv".into(), "Kapellet".into())].into();
    imported.photos = vec!["https://example.org/kappeli.jpg".into()];
    imported.cuisines = vec!["finnish".into()];
    imported.phone = Some("+358 10 766 3880".into());
    imported.opening_hours = Some("24/7".into());
    imported.address.city = Some("Helsinki".into());
    let id = app.store(std::slice::from_ref(&imported)).await[0];
    app.grant(ada, db::Role::Merchant, &[id]).await;
    app.review(eve, id, 4).await;
    app.recount().await;

    let edit = with(&bare(&app).await, json!({ "id": global(id), "version": 1, "name": "Kappeli" }));
    let shop = upserted(&app, ada, &edit).await;

    assert_eq!((&shop["version"], &shop["name"], &shop["sv"]), (&json!(2), &json!("Kappeli"), &json!("Kapellet")));
    assert_eq!(shop["photos"], json!([{ "url": "https://example.org/kappeli.jpg" }]));
    assert_eq!(shop["rating"], json!({ "count": 1, "average": 4.0 }));
    assert_eq!(shop["cuisines"], json!(["finnish"]));
    assert_eq!(shop["phone"], "+358 10 766 3880");
    assert_eq!(shop["openingHours"]["isOpenNow"], true);
    let address = json!({ "line": "Aleksanterinkatu 1", "area": null, "city": "Helsinki", "postalCode": null });
    assert_eq!(shop["address"], address);
    for words in ["kappeli", "kapellet", "finnish", "restaurant"] {
        assert_eq!(found(&app, words, json!({ "openNow": true })).await, [global(id)], "{words}");
    }
    let events = events(&app).await;
    assert_eq!(events.last().expect("an event"), &("shop_updated".into(), json!({ "shop": id.to_string() })));

    app.store(&[imported]).await;
    let after =
        app.anonymous().run("query ($id: ID!) { shop(id: $id) { version } }", json!({ "id": global(id) })).await;
    assert_eq!(after["shop"]["version"], 2, "an import leaves a shop alone that has an owner");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_replaces_what_it_gives_and_nothing_takes_away() {
    let app = TestApp::new().await;
    let (ada, input) = (app.merchant("ada").await, full(&app).await);
    let first = upserted(&app, ada, &input).await;
    let named = "update shops set names = '{\"sv\": \"Nudelbar\"}'";
    app.sql().await.batch_execute(named).await.expect("a statement");

    let nulls = json!({
        "area": null, "city": "", "postalCode": null, "openingHours": " ", "phone": "", "website": null, "cuisines": null,
        "id": first["id"], "version": 1, "name": "Dumpling Bar", "address": "Fleminginkatu 2",
        "location": { "lat": 60.19, "lng": 24.95 }, "categoryId": global(category(&app, "cafe").await),
    });
    let shop = upserted(&app, ada, &with(&input, nulls.clone())).await;

    assert_eq!((&shop["id"], &shop["version"]), (&first["id"], &json!(2)));
    assert_eq!((&shop["name"], &shop["sv"]), (&json!("Dumpling Bar"), &json!("Dumpling Bar")));
    assert_eq!(shop["address"], json!({ "line": "Fleminginkatu 2", "area": null, "city": null, "postalCode": null }));
    assert_eq!(shop["location"], json!({ "lat": 60.19, "lng": 24.95 }));
    assert_eq!(shop["category"]["id"], nulls["categoryId"]);
    assert_eq!(shop["cuisines"], json!([]));
    assert!(shop["phone"].is_null() && shop["website"].is_null() && shop["openingHours"].is_null(), "{shop:#}");
    assert_eq!(found(&app, "dumpling", Value::Null).await, [shop["id"].clone()]);
    for (words, filter) in [("noodle", Value::Null), ("chinese", Value::Null), ("dumpling", json!({ "openNow": true }))]
    {
        assert!(found(&app, words, filter).await.is_empty(), "{words}");
    }
    let stored = app.sql().await.query_one("select count(*) from opening_times", &[]).await.expect("a count");
    assert_eq!(stored.get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_moves_opens_by_the_clocks_of_its_new_place() {
    let app = TestApp::new().await;
    let ada = app.merchant("ada").await;
    let input = with(&bare(&app).await, json!({ "openingHours": "10:00-11:00" }));
    let shop = upserted(&app, ada, &input).await;
    let sql = app.sql().await;
    let opens = async |zone: &str| -> i32 {
        let opens = "select extract(hour from lower(times) at time zone $1)::int from opening_times";
        sql.query_one(opens, &[&zone]).await.expect("times").get(0)
    };
    assert_eq!(opens("Europe/Helsinki").await, 10);
    let moved = json!({ "id": shop["id"], "version": 1, "location": { "lat": 31.23, "lng": 121.47 } });
    let mut moved = with(&input, moved);
    moved.as_object_mut().expect("fields").remove("openingHours");
    upserted(&app, ada, &moved).await;
    assert_eq!(opens("Asia/Shanghai").await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_an_older_version_is_refused() {
    let app = TestApp::new().await;
    let (ada, input) = (app.merchant("ada").await, full(&app).await);
    let shop = upserted(&app, ada, &input).await;
    let edit = with(&input, json!({ "id": shop["id"], "version": 1, "name": "First" }));
    upserted(&app, ada, &edit).await;
    assert_eq!(faults(&app, ada, &edit).await, fault("STALE_VERSION", "input.version"));
    let future = with(&edit, json!({ "version": 3 }));
    assert_eq!(faults(&app, ada, &future).await, fault("STALE_VERSION", "input.version"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_merchants_list_shops_and_only_owners_edit_them() {
    let app = TestApp::new().await;
    let (ada, bob, eve) = (app.merchant("ada").await, app.merchant("bob").await, app.user("eve").await);
    let input = bare(&app).await;
    let shop = upserted(&app, ada, &input).await;
    let edit = with(&input, json!({ "id": shop["id"], "version": 1, "name": "Mine" }));

    assert_eq!(upsert(&app, eve, &input).await["userErrors"][0]["field"], Value::Null);
    assert_eq!(faults(&app, eve, &input).await, fault("FORBIDDEN", ""));
    for user in [bob, eve] {
        assert_eq!(faults(&app, user, &edit).await, fault("FORBIDDEN", "input.id"));
    }
    let unknown = with(&edit, json!({ "id": global(db::ShopId::new()) }));
    assert_eq!(faults(&app, ada, &unknown).await, fault("NOT_FOUND", "input.id"));
    let error = app.anonymous().fail(UPSERT, json!({ "input": input })).await;
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");

    app.grant(ada, db::Role::User, &[]).await;
    assert_eq!(faults(&app, ada, &edit).await, fault("FORBIDDEN", "input.id"), "who is no merchant owns nothing");
    assert_eq!(found(&app, "noodle", Value::Null).await, [shop["id"].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_is_sent_twice_with_a_key_is_listed_once() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.merchant("ada").await, app.merchant("bob").await);
    let input = with(&full(&app).await, json!({ "idempotencyKey": "opening-day" }));
    let (first, second) = tokio::join!(upserted(&app, ada, &input), upserted(&app, ada, &input));
    assert_eq!(first, second);
    assert_eq!(found(&app, "noodle", Value::Null).await, [first["id"].clone()]);

    let other = with(&input, json!({ "name": "Other" }));
    assert_eq!(faults(&app, ada, &other).await, fault("IDEMPOTENCY_MISMATCH", "input.idempotencyKey"));
    assert_ne!(upserted(&app, bob, &input).await["id"], first["id"], "keys are each user's own");
    let created = events(&app).await.iter().filter(|(kind, _)| kind == "shop_created").count();
    assert_eq!(created, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_finds_the_shops_they_own() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.merchant("ada").await, app.merchant("bob").await);
    let input = bare(&app).await;
    let mut own = Vec::new();
    for _ in 0..3 {
        own.push(upserted(&app, ada, &input).await["id"].take());
    }
    own.reverse();
    let others = upserted(&app, bob, &input).await["id"].take();
    let owned = "query ($first: Int!, $after: Cursor) { viewer { shops(first: $first, after: $after) { totalCount
        facets { kind count } pageInfo { hasNextPage endCursor } edges { distanceMeters node { id } } } } }";
    let page = async |user: db::UserId, first: i32, after: &Value| {
        let variables = json!({ "first": first, "after": after });
        let page = app.as_user(user).run(owned, variables).await["viewer"]["shops"].take();
        let edges = page["edges"].as_array().expect("edges").iter();
        (edges.map(|edge| edge["node"]["id"].clone()).collect::<Vec<_>>(), page)
    };
    let (found, first) = page(ada, 2, &Value::Null).await;
    assert_eq!((found, &first["totalCount"]), (own[..2].to_vec(), &json!(3)));
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    assert_eq!(first["facets"][0], json!({ "kind": "CATEGORY", "count": 3 }));
    let (found, second) = page(ada, 2, &first["pageInfo"]["endCursor"]).await;
    assert_eq!((found, &second["pageInfo"]["hasNextPage"]), (own[2..].to_vec(), &json!(false)));
    assert_eq!(page(bob, 2, &Value::Null).await.0, [others]);
    assert!(page(app.user("cai").await, 2, &Value::Null).await.0.is_empty());
}
