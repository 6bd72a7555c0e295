use serde_json::{Value, json};
use tests::TestApp;

use crate::nodes::global;

const PROFILE: &str = "handle nickname bio city";

async fn profile(app: &TestApp, user: db::UserId) -> Value {
    let query = format!("query ($id: ID!) {{ user(id: $id) {{ {PROFILE} }} }}");
    app.anonymous().run(&query, json!({ "id": global(user) })).await["user"].take()
}

fn described(nickname: &str, bio: Option<&str>, city: Option<&str>) -> Value {
    json!({ "handle": "ada", "nickname": nickname, "bio": bio, "city": city })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_of_a_profile_stays_and_what_is_null_goes() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for (change, expected) in [
        (json!({ "bio": "Eats.\r\nWrites." }), described("ada", Some("Eats.\nWrites."), None)),
        (json!({ "nickname": " Ada L. " }), described("Ada L.", Some("Eats.\nWrites."), None)),
        (json!({ "city": "Turku" }), described("Ada L.", Some("Eats.\nWrites."), Some("Turku"))),
        (json!({ "bio": null }), described("Ada L.", None, Some("Turku"))),
        (json!({ "nickname": "Ada", "bio": "Hi", "city": null }), described("Ada", Some("Hi"), None)),
        (json!({ "nickname": null, "city": "Åbo" }), described("Ada", Some("Hi"), Some("Åbo"))),
        (json!({ "bio": "", "city": " \u{200b}" }), described("Ada", None, None)),
    ] {
        let fields = format!("user {{ {PROFILE} }}");
        let changed = app.as_user(ada).mutate("updateProfile", change.clone(), &fields).await;
        assert_eq!(changed["user"], expected, "{change}");
        assert_eq!(profile(&app, ada).await, expected, "{change}");
    }
    let other = json!({ "handle": "bob", "nickname": "bob", "bio": null, "city": null });
    assert_eq!(profile(&app, bob).await, other);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_a_profile_have_their_limits() {
    let app = TestApp::new().await;
    let (ada, bob, flag) = (app.user("ada").await, app.user("bob").await, "🇫🇮");
    let lengths = |nickname: usize, bio: usize, city: usize| json!({ "nickname": flag.repeat(nickname), "bio": flag.repeat(bio), "city": flag.repeat(city) });
    app.as_user(ada).mutate("updateProfile", lengths(30, 300, 50), "").await;
    let whole = described(&flag.repeat(30), Some(&flag.repeat(300)), Some(&flag.repeat(50)));
    assert_eq!(profile(&app, ada).await, whole);

    let wrong = ["nickname", "bio", "city"].map(|field| format!("BAD_INPUT input.{field}"));
    assert_eq!(app.as_user(ada).refused("updateProfile", lengths(31, 301, 51)).await, wrong);
    let empty = json!({ "nickname": " \u{200b}" });
    assert_eq!(app.as_user(ada).refused("updateProfile", empty).await, [&*wrong[0]]);
    let lines = json!({ "nickname": "a\nb", "bio": "a\nb", "city": "a\nb" });
    assert_eq!(app.as_user(bob).refused("updateProfile", lines).await, [&*wrong[0], &*wrong[2]]);
    for nothing in [json!({}), json!({ "nickname": null })] {
        assert_eq!(app.as_user(bob).refused("updateProfile", nothing).await, ["BAD_INPUT input.nickname"]);
    }
    assert_eq!(profile(&app, ada).await, whole);
    assert_eq!(profile(&app, bob).await["nickname"], "bob");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nickname_is_measured_as_people_count_and_bounded_all_the_same() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let families = "👨‍👩‍👧‍👦".repeat(20);
    app.as_user(ada).mutate("updateProfile", json!({ "nickname": families }), "").await;
    assert_eq!(profile(&app, ada).await["nickname"], families);

    let marks = json!({ "nickname": format!("a{}", "\u{330}".repeat(240)) });
    let refused = app.as_user(ada).attempt("updateProfile", marks, "").await;
    let message = "`nickname` is too long: it may have 240 code points of Unicode, but has 241";
    assert_eq!(refused["userErrors"][0]["message"], message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_stays_the_same_is_no_news() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    for (change, updates) in [
        (json!({ "bio": "Eats." }), 1),
        (json!({ "bio": " Eats. " }), 1),
        (json!({ "nickname": "ada", "city": null }), 1),
        (json!({ "nickname": "ada", "city": "Turku" }), 2),
    ] {
        app.as_user(ada).mutate("updateProfile", change.clone(), "").await;
        assert_eq!(app.count("events where kind = 'profile_updated'").await, updates, "{change}");
    }
}
