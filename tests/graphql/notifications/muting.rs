//! What people do not want to be told.

use serde_json::json;
use tests::TestApp;

use super::{follow, told};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_muted_is_not_told_until_it_is_not_muted_any_more() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let viewer = app.as_user(ada);
    let set = async |kind: &str, muted: bool| {
        let input = json!({ "kind": kind, "muted": muted });
        viewer.mutate("setNotificationMuted", input, "mutedNotifications").await["mutedNotifications"].take()
    };
    assert_eq!(set("FOLLOW", true).await, json!(["FOLLOW"]));
    assert_eq!(set("REVIEW", true).await, json!(["FOLLOW", "REVIEW"]));
    assert_eq!(set("FOLLOW", true).await, json!(["REVIEW", "FOLLOW"]));
    follow(&app, bob, ada, true).await;
    follow(&app, ada, bob, true).await;
    super::review(&app, bob, app.shop("Noodles").await).await;
    app.work_off().await;
    assert_eq!(told(&viewer).await, [""; 0]);
    assert_eq!(told(&app.as_user(bob)).await, ["FOLLOW by ada (1) on User*"], "others want to know");

    assert_eq!(set("FOLLOW", false).await, json!(["REVIEW"]));
    let muted = viewer.run("{ viewer { mutedNotifications } }", json!({})).await;
    assert_eq!(muted["viewer"]["mutedNotifications"], json!(["REVIEW"]));
    let eve = app.user("eve").await;
    follow(&app, eve, ada, true).await;
    app.work_off().await;
    assert_eq!(told(&viewer).await, ["FOLLOW by eve, bob (2) on User*"]);
}
