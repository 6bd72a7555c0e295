use chrono::{Datelike, Duration, Utc, Weekday};
use serde_json::{Value, json};
use tests::{TestApp, place};

use crate::nodes::global;

const SEARCH: &str = "query ($query: String, $filter: ShopFilter, $orderBy: ShopOrder, $first: Int, $after: Cursor) {
    searchShops(query: $query, filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
        totalCount edges { cursor distanceMeters node { name } } pageInfo { hasNextPage hasPreviousPage endCursor } } }";

async fn search(app: &TestApp, arguments: Value) -> Value {
    app.anonymous().run(SEARCH, arguments).await["searchShops"].take()
}

async fn names(app: &TestApp, arguments: Value) -> Vec<String> {
    names_in(&search(app, arguments).await)
}

fn names_in(found: &Value) -> Vec<String> {
    let edges = found["edges"].as_array().expect("edges");
    edges.iter().map(|edge| edge["node"]["name"].as_str().expect("a name").to_owned()).collect()
}

async fn restaurants(app: &TestApp) {
    let mut shops = Vec::new();
    for (name, words) in [
        ("Ravintola Kappeli", "Ravintola Kappeli"),
        ("Café Ekberg", "Café Ekberg"),
        ("海底捞火锅", "海底捞火锅 Haidilao hot pot"),
        ("Пельменная", "Пельменная"),
        ("مطعم الشام", "مطعم الشام"),
        ("Pizzeria Luca", "Pizzeria Luca pizza"),
    ] {
        let mut shop = place(app, name).await;
        shop.search_text = db::SearchText::new([words]);
        shops.push(shop);
    }
    app.store(&shops).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_in_any_script_and_with_typos() {
    let app = TestApp::new().await;
    restaurants(&app).await;
    for (query, expected) in [
        ("kappeli", "Ravintola Kappeli"),
        ("KAPPELI", "Ravintola Kappeli"),
        ("kapeli", "Ravintola Kappeli"),
        ("kappelli ravintola", "Ravintola Kappeli"),
        ("cafe ekberg", "Café Ekberg"),
        ("ekbeg", "Café Ekberg"),
        ("火锅", "海底捞火锅"),
        ("海底捞", "海底捞火锅"),
        ("haidilao", "海底捞火锅"),
        ("пельменная", "Пельменная"),
        ("الشام", "مطعم الشام"),
        ("piz", "Pizzeria Luca"),
    ] {
        assert_eq!(names(&app, json!({ "query": query })).await, [expected], "{query}");
    }
    for query in ["sushi", "kappeli sushi", "寿司"] {
        assert!(names(&app, json!({ "query": query })).await.is_empty(), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_come_first_with_their_distance() {
    let app = TestApp::new().await;
    let mut shops = Vec::new();
    // One degree of latitude is 111,195 m on a sphere of the Earth's mean radius.
    for (name, north) in [("far", 0.009), ("here", 0.0), ("near", 0.0009), ("beyond", 0.02)] {
        let mut shop = place(&app, name).await;
        shop.lat += north;
        shops.push(shop);
    }
    app.store(&shops).await;
    let near = json!({ "near": { "center": { "lat": 60.1699, "lng": 24.9384 }, "radiusMeters": 1500 } });

    let found = search(&app, json!({ "filter": near, "orderBy": "DISTANCE" })).await;

    assert_eq!(names_in(&found), ["here", "near", "far"]);
    let meters: Vec<i64> = found["edges"]
        .as_array()
        .expect("edges")
        .iter()
        .map(|edge| edge["distanceMeters"].as_f64().expect("a distance").round() as i64)
        .collect();
    assert_eq!(meters, [0, 100, 1001]);
    let without = search(&app, json!({})).await;
    assert_eq!(without["edges"][0]["distanceMeters"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_circle_may_lie_across_the_date_line_and_a_pole() {
    let app = TestApp::new().await;
    let mut shops = Vec::new();
    for (name, lat, lng) in [("east", 0.0, 179.9999), ("west", 0.0, -179.9999), ("pole", 89.9999, 10.0)] {
        let mut shop = place(&app, name).await;
        (shop.lat, shop.lng) = (lat, lng);
        shops.push(shop);
    }
    app.store(&shops).await;
    let near = |lat: f64, lng: f64| json!({ "filter": { "near": { "center": { "lat": lat, "lng": lng }, "radiusMeters": 1000 } }, "orderBy": "DISTANCE" });
    assert_eq!(names(&app, near(0.0, 180.0)).await.len(), 2);
    assert_eq!(names(&app, near(90.0, -170.0)).await, ["pole"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_includes_its_children() {
    let app = TestApp::new().await;
    let (mut cafe, mut bar) = (place(&app, "a cafe").await, place(&app, "a bar").await);
    cafe.category_id = tests::category(&app, "cafe").await;
    bar.category_id = tests::category(&app, "bar").await;
    app.store(&[cafe.clone(), bar.clone()]).await;
    let eat = tests::category(&app, "eat").await;
    let of = |ids: &[db::CategoryId]| json!({ "filter": { "categoryIds": ids.iter().map(|&id| global(id)).collect::<Vec<_>>() } });

    assert_eq!(names(&app, of(&[eat])).await, ["a cafe"]);
    assert_eq!(names(&app, of(&[cafe.category_id])).await, ["a cafe"]);
    assert_eq!(names(&app, of(&[eat, bar.category_id])).await.len(), 2);
    assert_eq!(names(&app, of(&[])).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_open_is_found() {
    let app = TestApp::new().await;
    let mut shops = Vec::new();
    for (name, hours) in [
        ("always", Some("24/7")),
        ("never", Some("off")),
        ("unknown", None),
        ("dirty", Some("ask inside")),
        ("Wednesdays", Some("We 10:00-14:00")),
    ] {
        let mut shop = place(&app, name).await;
        shop.opening_hours = hours.map(Into::into);
        shops.push(shop);
    }
    app.store(&shops).await;

    let now = names(&app, json!({ "filter": { "openNow": true }, "orderBy": "RATING" })).await;
    assert!(now.contains(&"always".to_owned()));
    assert!(!now.iter().any(|name| ["never", "unknown", "dirty"].contains(&name.as_str())));

    let mut day = Utc::now().date_naive() + Duration::days(1);
    while day.weekday() != Weekday::Wed {
        day += Duration::days(1);
    }
    // Helsinki is two hours ahead of UTC in winter, three in summer.
    for (hour, expected) in [(9, true), (13, false)] {
        let at = day.and_hms_opt(hour, 0, 0).expect("a time").and_utc().to_rfc3339();
        let found = names(&app, json!({ "filter": { "openAt": at } })).await;
        assert_eq!(found.contains(&"Wednesdays".to_owned()), expected, "{at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stars_price_and_photos_restrict_the_search() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let mut photographed = place(&app, "good").await;
    photographed.photos = vec!["https://example.org/1.jpg".into()];
    let shops = app.store(&[photographed, place(&app, "fair").await, place(&app, "unrated").await]).await;
    for (shop, ratings) in [(shops[0], [5, 4]), (shops[1], [3, 2])] {
        app.review(ada, shop, ratings[0]).await;
        app.review(bob, shop, ratings[1]).await;
    }
    app.recount().await;
    let prices = [(shops[0], 3, 4_000), (shops[1], 1, 900)].map(|(shop_id, price_level, average_spend_minor)| {
        db::bulk::ShopPrice { shop_id, price_level, average_spend_minor, currency: "EUR".into() }
    });
    let mut conn = app.postgres.conn().await.expect("a connection");
    db::bulk::ShopPrice::update_unknown(&mut conn, &prices).await.expect("prices");

    for (filter, expected) in [
        (json!({ "minRating": 4.5 }), vec!["good"]),
        (json!({ "minRating": 2.5 }), vec!["good", "fair"]),
        (json!({ "minRating": 4.6 }), vec![]),
        (json!({ "price": ["ONE", "TWO"] }), vec!["fair"]),
        (json!({ "price": ["THREE"], "minRating": 1.0 }), vec!["good"]),
        (json!({ "hasPhotos": true }), vec!["good"]),
    ] {
        assert_eq!(names(&app, json!({ "filter": filter, "orderBy": "RATING" })).await, expected, "{filter}");
    }
    assert_eq!(names(&app, json!({ "orderBy": "RATING" })).await, ["good", "unrated", "fair"]);
    assert_eq!(names(&app, json!({ "orderBy": "PRICE_ASC" })).await, ["fair", "good", "unrated"]);
    assert_eq!(names(&app, json!({ "orderBy": "PRICE_DESC" })).await, ["good", "fair", "unrated"]);
    assert_eq!(names(&app, json!({ "orderBy": "REVIEW_COUNT", "first": 3 })).await[2], "unrated");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_by_every_order_make_up_the_whole_list() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let mut places = Vec::new();
    for n in 0..23 {
        let mut shop = place(&app, &format!("Kahvila {n}")).await;
        // Pairs share a place, so that ties must be broken.
        shop.lat += f64::from(n / 2) * 0.001;
        places.push(shop);
    }
    let shops = app.store(&places).await;
    for (n, &shop) in (0_i16..).zip(&shops).take(10) {
        app.review(ada, shop, n % 5 + 1).await;
    }
    app.recount().await;

    for order in ["RELEVANCE", "DISTANCE", "RATING", "REVIEW_COUNT", "PRICE_ASC", "PRICE_DESC"] {
        let filter = json!({ "near": { "center": { "lat": 60.17, "lng": 24.94 }, "radiusMeters": 50_000 } });
        let arguments = |first: i32, after: Value| json!({ "query": "kahvila", "filter": filter, "orderBy": order, "first": first, "after": after });
        let whole = search(&app, arguments(100, Value::Null)).await;
        assert_eq!(whole["totalCount"], 23);
        let (mut walked, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = search(&app, arguments(4, after.clone())).await;
            assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(!after.is_null()));
            walked.extend(names_in(&page));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(walked, names_in(&whole), "{order}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_tell_what_else_there_is() {
    let app = TestApp::new().await;
    let mut places = vec![place(&app, "one").await, place(&app, "two").await, place(&app, "three").await];
    places[2].category_id = tests::category(&app, "bar").await;
    app.store(&places).await;
    let bars = json!({ "filter": { "categoryIds": [global(places[2].category_id)] } });
    let query =
        "query ($filter: ShopFilter) { searchShops(filter: $filter) { totalCount facets { kind key label count } } }";

    let found = app.anonymous().run(query, bars).await;

    assert_eq!(found["searchShops"]["totalCount"], 1);
    let facets = found["searchShops"]["facets"].as_array().expect("facets");
    let mut labels: Vec<_> = facets.iter().map(|facet| facet["label"].as_str().expect("a label")).collect();
    labels.sort_unstable();
    assert_eq!(labels, ["Bars", "Drinks & Nightlife", "Food", "Restaurants"]);
    assert!(facets.is_sorted_by_key(|facet| -facet["count"].as_i64().expect("a count")));
    for facet in facets {
        let narrowed = json!({ "filter": { "categoryIds": [facet["key"]] } });
        assert_eq!(search(&app, narrowed).await["totalCount"], facet["count"], "{facet}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_arguments_are_named() {
    let app = TestApp::new().await;
    let near = |lat: f64, lng: f64, radius: i32| json!({ "filter": { "near": { "center": { "lat": lat, "lng": lng }, "radiusMeters": radius } } });
    let rating_cursor = {
        app.shop("Noodles").await;
        search(&app, json!({ "orderBy": "RATING" })).await["edges"][0]["cursor"].clone()
    };
    for (arguments, message) in [
        (json!({ "first": 0 }), "`first` must be within 1 and 100, but is 0"),
        (json!({ "first": 101 }), "`first` must be within 1 and 100, but is 101"),
        (json!({ "first": -1 }), "`first` must be within 1 and 100, but is -1"),
        (json!({ "after": "nonsense" }), "`after` is not a cursor of this list and order"),
        (
            json!({ "after": rating_cursor, "orderBy": "REVIEW_COUNT" }),
            "`after` is not a cursor of this list and order",
        ),
        (json!({ "orderBy": "DISTANCE" }), "`orderBy` DISTANCE wants `filter.near`"),
        (near(91.0, 0.0, 1), "`near.center.lat` must be within -90 and 90, but is 91"),
        (near(0.0, -181.0, 1), "`near.center.lng` must be within -180 and 180, but is -181"),
        (near(0.0, 0.0, 0), "`near.radiusMeters` must be within 1 and 100000, but is 0"),
        (json!({ "filter": { "minRating": 5.5 } }), "`filter.minRating` must be within 1 and 5, but is 5.5"),
        (
            json!({ "filter": { "openNow": true, "openAt": Utc::now().to_rfc3339() } }),
            "`filter.openAt` and `filter.openNow` exclude each other",
        ),
        (
            json!({ "filter": { "openAt": "2000-01-01T00:00:00Z" } }),
            "`filter.openAt` must be within yesterday and two weeks ahead",
        ),
        (json!({ "query": "!?" }), "`query` has no letter and no digit"),
        (
            json!({ "query": "ﷺ".repeat(100) + "一二三四五六七八九十百千万上下左右前後中外" }),
            "`query` must have at most 20 words (ideographs count as such), but has 26",
        ),
        (json!({ "query": "x".repeat(201) }), "`query` must have at most 200 characters, but has 201"),
        (
            json!({ "filter": { "categoryIds": [global(db::ShopId::new())] } }),
            "`filter.categoryIds` is not the id of a category",
        ),
    ] {
        let error = app.anonymous().fail(SEARCH, arguments).await;
        assert_eq!(error["message"], message);
        assert_eq!(error["extensions"]["code"], "BAD_INPUT");
    }
}
