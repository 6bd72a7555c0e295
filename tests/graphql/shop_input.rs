use serde_json::json;
use tests::TestApp;

use crate::nodes::global;
use crate::shop_writing::{bare, fault, faults, full, upsert, upserted, with};

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_category_is_named() {
    let app = TestApp::new().await;
    let ada = app.merchant("ada").await;
    let input = with(&bare(&app).await, json!({ "categoryId": global(db::CategoryId::new()) }));
    assert_eq!(faults(&app, ada, &input).await, fault("NOT_FOUND", "input.categoryId"));
    let shop = upserted(&app, ada, &bare(&app).await).await;
    let edit = with(&input, json!({ "id": shop["id"], "version": 1 }));
    assert_eq!(faults(&app, ada, &edit).await, fault("NOT_FOUND", "input.categoryId"));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_are_told_at_once() {
    let app = TestApp::new().await;
    let ada = app.merchant("ada").await;
    let input = json!({
        "version": 1, "name": " ", "categoryId": global(db::ShopId::new()), "location": { "lat": 91, "lng": -181 },
        "address": "a\nb", "area": "a\nb", "city": "a\nb", "postalCode": "a\nb", "openingHours": "when I like", "phone": "ask Pekka",
        "website": "example.org", "cuisines": ["pizza", " "], "idempotencyKey": "",
    });
    let faults = faults(&app, ada, &input).await;
    let paths: Vec<&str> = faults.iter().map(|(_, path)| path.trim_start_matches("input.")).collect();
    let expected = [
        "version",
        "idempotencyKey",
        "name",
        "categoryId",
        "location.lat",
        "location.lng",
        "address",
        "area",
        "city",
        "postalCode",
        "openingHours",
        "phone",
        "website",
        "cuisines.1",
    ];
    assert_eq!(paths, expected);
    assert!(faults.iter().all(|(code, _)| code == "BAD_INPUT"), "{faults:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_limit_holds() {
    let app = TestApp::new().await;
    let (ada, input) = (app.merchant("ada").await, full(&app).await);
    let many = |count: usize| (0..count).map(|n| format!("cuisine {n}")).collect::<Vec<_>>();
    let rules = |count: usize| format!("Mo 10:00-11:00{}", "; Tu off".repeat(count));
    let site = |length: usize| format!("https://example.org/{}", "a".repeat(length - 20));
    for (field, longest, too_long) in [
        ("name", json!("店".repeat(100)), json!("店".repeat(101))),
        ("address", json!("a".repeat(200)), json!("a".repeat(201))),
        ("area", json!("a".repeat(100)), json!("a".repeat(101))),
        ("city", json!("a".repeat(100)), json!("a".repeat(101))),
        ("postalCode", json!("1".repeat(20)), json!("1".repeat(21))),
        ("openingHours", json!(rules(30)), json!(rules(31))),
        ("phone", json!("+1 23456789012345"), json!("+123456789012345678")),
        ("website", json!(site(500)), json!(site(501))),
        ("cuisines", json!(many(10)), json!(many(11))),
        ("cuisines", json!(["a".repeat(40)]), json!(["a".repeat(41)])),
    ] {
        upserted(&app, ada, &with(&input, json!({ field: longest }))).await;
        let faults = faults(&app, ada, &with(&input, json!({ field: too_long }))).await;
        let path = if too_long[0].as_str().is_some_and(|word| word.len() == 41) { "cuisines.0" } else { field };
        assert_eq!(faults, fault("BAD_INPUT", &format!("input.{path}")), "{too_long}");
    }
    for phone in ["()123", "(123", "123)", "(+358) 9)", "((0)9 123", "12"] {
        let faults = faults(&app, ada, &with(&input, json!({ "phone": phone }))).await;
        assert_eq!(faults, fault("BAD_INPUT", "input.phone"), "{phone}");
    }
    for website in
        ["ftp://example.org", "javascript:alert(1)", "//example.org", "https://localhost", "https://a:b@example.org"]
    {
        let faults = faults(&app, ada, &with(&input, json!({ "website": website }))).await;
        assert_eq!(faults, fault("BAD_INPUT", "input.website"), "{website}");
    }
    for (lat, lng, valid) in
        [(90.0, 180.0, true), (-90.0, -180.0, true), (0.0, -30.0, true), (90.1, 0.0, false), (0.0, 180.1, false)]
    {
        let input = with(&input, json!({ "location": { "lat": lat, "lng": lng } }));
        assert_eq!(upsert(&app, ada, &input).await["userErrors"] == json!([]), valid, "{lat} {lng}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn id_and_version_go_together_and_without_a_key() {
    let app = TestApp::new().await;
    let (ada, input) = (app.merchant("ada").await, bare(&app).await);
    let shop = upserted(&app, ada, &input).await;
    for (changes, path) in [
        (json!({ "version": 1 }), "input.version"),
        (json!({ "id": shop["id"] }), "input.version"),
        (json!({ "id": "nonsense", "version": 1 }), "input.id"),
        (json!({ "id": shop["id"], "version": 1, "idempotencyKey": "k" }), "input.idempotencyKey"),
    ] {
        assert_eq!(faults(&app, ada, &with(&input, changes)).await, fault("BAD_INPUT", path));
    }
}
