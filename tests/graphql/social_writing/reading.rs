use serde_json::json;
use tests::TestApp;

use crate::nodes::global;

/// Tells somebody something; nothing in the service does so yet.
async fn notify(app: &TestApp, recipient: db::UserId, actor: db::UserId) -> db::NotificationId {
    let id = db::NotificationId::new();
    app.execute(&format!(
        "with inbox as (
             insert into inboxes (user_id, last_number) values ('{recipient}', 1)
             on conflict (user_id) do update set last_number = inboxes.last_number + 1 returning last_number
         )
         insert into notifications (id, recipient_id, number, kind, group_key, actor_ids, actor_count)
         select '{id}', '{recipient}', last_number, 'follow', '{id}', array['{actor}'::uuid], 1 from inbox"
    ))
    .await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_before_is_read_with_what_is_read() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(notify(&app, ada, bob).await);
        notify(&app, bob, ada).await;
    }
    let read = async |up_to: usize| {
        let input = json!({ "upTo": global(told[up_to]) });
        app.as_user(ada).mutate("markNotificationsRead", input, "unreadCount").await["unreadCount"].take()
    };
    let times = async || {
        let rows = app.sql().await.query("select read_at::text from notifications order by id", &[]).await;
        rows.expect("rows").iter().map(|row| row.get(0)).collect::<Vec<Option<String>>>()
    };
    assert_eq!(read(1).await, 3);
    let first = times().await;
    let is_read: Vec<_> = first.iter().map(Option::is_some).collect();
    assert_eq!(is_read, [true, false, true, false, false, false, false, false, false, false]);
    assert_eq!(read(1).await, 3);
    assert_eq!(read(0).await, 3, "what was read stays read");
    assert_eq!(times().await, first);
    assert_eq!(read(4).await, 0);
    assert_eq!(times().await[..3], first[..3], "what was read before was read then");
    assert_eq!(app.count("notifications where read_at is null").await, 5, "Bob has read nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_what_others_were_told() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (own, other) = (notify(&app, ada, bob).await, notify(&app, bob, ada).await);
    for (id, reason) in [
        (global(other), "NOT_FOUND input.upTo"),
        (global(db::NotificationId::new()), "NOT_FOUND input.upTo"),
        (global(ada), "BAD_INPUT input.upTo"),
    ] {
        assert_eq!(app.as_user(ada).refused("markNotificationsRead", json!({ "upTo": id })).await, [reason]);
    }
    let input = json!({ "upTo": global(own) });
    let query = tests::document("markNotificationsRead", "unreadCount");
    let error = app.anonymous().fail(&query, json!({ "input": input })).await;
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(app.count("notifications where read_at is not null").await, 0);
}
