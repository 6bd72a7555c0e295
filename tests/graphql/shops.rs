use serde_json::json;
use tests::{TestApp, place};

use crate::nodes::global;

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_tells_what_is_known_of_it() {
    let app = TestApp::new().await;
    let mut shop = place(&app, "Kappeli").await;
    shop.names.0 = [("sv", "Kapellet"), ("zh-Hant", "小教堂")].map(|(tag, name)| (tag.into(), name.into())).into();
    shop.address = db::Address {
        line: Some("Eteläesplanadi 1".into()),
        area: None,
        city: Some("Helsinki".into()),
        postal_code: Some("00130".into()),
    };
    shop.phone = Some("+358 10 766 3880".into());
    shop.website = Some("https://www.kappeli.fi/".into());
    shop.cuisines = vec!["finnish".into()];
    shop.opening_hours = Some("24/7".into());
    shop.photos = vec![
        "https://commons.wikimedia.org/wiki/Special:FilePath/Kappeli.jpg".into(),
        "https://example.org/kappeli.jpg".into(),
    ];
    let id = app.store(&[shop]).await[0];

    let found = app
        .anonymous()
        .run(
            "query ($id: ID!) { shop(id: $id) {
            name sv: name(locale: \"sv-FI\") zh: name(locale: \"zh_Hant_TW\") fr: name(locale: \"fr\")
            category { name zh: name(locale: \"zh-CN\") parent { name } }
            address { line area city postalCode formatted } location { lat lng } phone website cuisines
            openingHours { expression isOpenNow nextChangeAt timezone }
            photos { url scaled: url(width: 320) } rating { average count histogram { stars count } }
            viewerReview { id } viewerCanUpdate priceLevel averageSpend { amountMinor } } }",
            json!({ "id": global(id) }),
        )
        .await;

    assert_eq!(
        found["shop"],
        json!({
            "name": "Kappeli", "sv": "Kapellet", "zh": "小教堂", "fr": "Kappeli",
            "category": { "name": "Restaurants", "zh": "餐厅", "parent": { "name": "Food" } },
            "address": { "line": "Eteläesplanadi 1", "area": null, "city": "Helsinki", "postalCode": "00130",
                         "formatted": "Eteläesplanadi 1, 00130 Helsinki" },
            "location": { "lat": 60.1699, "lng": 24.9384 },
            "phone": "+358 10 766 3880", "website": "https://www.kappeli.fi/", "cuisines": ["finnish"],
            "openingHours": { "expression": "24/7", "isOpenNow": true, "nextChangeAt": null, "timezone": "Europe/Helsinki" },
            "photos": [
                { "url": "https://commons.wikimedia.org/wiki/Special:FilePath/Kappeli.jpg",
                  "scaled": "https://commons.wikimedia.org/wiki/Special:FilePath/Kappeli.jpg?width=320" },
                { "url": "https://example.org/kappeli.jpg", "scaled": "https://example.org/kappeli.jpg" },
            ],
            "rating": { "average": null, "count": 0, "histogram": (1..=5).rev().map(|stars| json!({ "stars": stars, "count": 0 })).collect::<Vec<_>>() },
            "viewerReview": null, "viewerCanUpdate": false, "priceLevel": null, "averageSpend": null,
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_that_nobody_can_read_are_kept_as_text() {
    let app = TestApp::new().await;
    let mut shop = place(&app, "Kiosk").await;
    shop.opening_hours = Some("only in summer".into());
    let id = app.store(&[shop]).await[0];
    let query = "query ($id: ID!) { shop(id: $id) { openingHours { expression isOpenNow nextChangeAt } } }";
    let found = app.anonymous().run(query, json!({ "id": global(id) })).await;
    let expected = json!({ "expression": "only in summer", "isOpenNow": null, "nextChangeAt": null });
    assert_eq!(found["shop"]["openingHours"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn few_ratings_are_drawn_towards_the_mean_of_all() {
    let app = TestApp::new().await;
    let shops = app.store(&[place(&app, "one five").await, place(&app, "many").await]).await;
    let ada = app.user("ada").await;
    app.review(ada, shops[0], 5).await;
    for n in 0..20 {
        let author = app.user(&format!("critic_{n}")).await;
        app.review(author, shops[1], 4).await;
    }
    app.recount().await;

    let query = "query ($id: ID!) { shop(id: $id) { rating { average bayesian count histogram { stars count } } } }";
    let rating = async |shop| app.anonymous().run(query, json!({ "id": global(shop) })).await["shop"]["rating"].take();
    let (one, many) = (rating(shops[0]).await, rating(shops[1]).await);

    // The prior: the mean is 85/21, and it weighs 21/2 ratings.
    let bayesian = |sum: f64, count: f64| (85.0 / 21.0 * 10.5 + sum) / (10.5 + count);
    assert_eq!(one["average"], 5.0);
    assert!((one["bayesian"].as_f64().expect("a number") - bayesian(5.0, 1.0)).abs() < 1e-9, "{one}");
    assert!((many["bayesian"].as_f64().expect("a number") - bayesian(80.0, 20.0)).abs() < 1e-9, "{many}");
    assert_eq!(many["count"], 20);
    assert_eq!(many["histogram"][1], json!({ "stars": 4, "count": 20 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_are_a_tree_of_two_levels() {
    let app = TestApp::new().await;
    let found = app.anonymous().run("{ categories { name zh: name(locale: \"zh\") icon parent { id } children { name parent { name } children { id } } } }", json!({})).await;
    let tops = found["categories"].as_array().expect("categories");
    assert_eq!(tops[0]["zh"], "美食");
    for top in tops {
        assert!(top["parent"].is_null() && !top["icon"].as_str().unwrap_or_default().is_empty());
        for child in top["children"].as_array().expect("children") {
            assert_eq!(child["parent"]["name"], top["name"]);
            assert_eq!(child["children"], json!([]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_has_a_reasonable_width() {
    let app = TestApp::new().await;
    let mut shop = place(&app, "Kappeli").await;
    shop.photos = vec!["https://example.org/kappeli.jpg".into()];
    let id = app.store(&[shop]).await[0];
    let query = "query ($id: ID!) { shop(id: $id) { photos { url(width: 5000) } } }";
    let error = app.anonymous().fail(query, json!({ "id": global(id) })).await;
    assert_eq!(error["message"], "`width` must be within 1 and 4096, but is 5000");
}
