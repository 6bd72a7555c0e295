use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tests::{Client, TestApp};
use tokio::task::JoinSet;

use crate::nodes::global;

const CHECK_IN: &str = "mutation ($date: Date) { checkIn(input: { date: $date }) { creditsEarned
    calendar { month days currentStreak longestStreak makeUpsLeft } userErrors { code field } } }";
const CALENDAR: &str = "query ($month: Date!) { viewer { checkIns(month: $month) {
    month days currentStreak longestStreak makeUpsLeft } } }";

/// It is the 21st, or the 22nd in Auckland.
fn afternoon() -> DateTime<Utc> {
    "2026-11-21T13:00:00Z".parse().expect("an instant")
}

/// Somebody who has been there for long.
async fn member(app: &TestApp, handle: &str) -> db::UserId {
    let user = app.user(handle).await;
    arrived(app, user, "2020-01-01T00:00:00Z").await;
    user
}

async fn arrived(app: &TestApp, user: db::UserId, at: &str) {
    app.execute(&format!("update users set created_at = '{at}' where id = '{user}'")).await;
}

async fn check_in(client: &Client<'_>, date: &str) -> Value {
    client.run(CHECK_IN, json!({ "date": date })).await["checkIn"].take()
}

/// Checks in for a day, and returns the credits earned, or why there are none.
async fn earn(client: &Client<'_>, date: &str) -> Value {
    let payload = check_in(client, date).await;
    match payload["userErrors"].get(0) {
        None => payload["creditsEarned"].clone(),
        Some(error) => {
            assert_eq!(error["field"], json!(["input", "date"]));
            assert_eq!((&payload["creditsEarned"], &payload["calendar"]), (&Value::Null, &Value::Null));
            error["code"].clone()
        }
    }
}

async fn calendar(client: &Client<'_>, month: &str) -> Value {
    client.run(CALENDAR, json!({ "month": month })).await["viewer"]["checkIns"].take()
}

async fn credits(app: &TestApp, user: db::UserId) -> Value {
    let query = "query ($id: ID!) { user(id: $id) { credits } }";
    app.anonymous().run(query, json!({ "id": global(user) })).await["user"]["credits"].take()
}

/// As if the user had checked in for all days between two.
async fn history(app: &TestApp, user: db::UserId, first: &str, last: &str) {
    let days = format!("generate_series(date '{first}', date '{last}', interval '1 day')");
    let insert = format!("insert into check_ins (user_id, day, credits_earned) select '{user}', {days}, 1");
    app.sql().await.batch_execute(&insert).await.expect("a statement");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_earns_as_many_credits_as_its_streak_is_long_but_at_most_seven() {
    let app = TestApp::at(afternoon).await;
    for (n, (first_day, earned)) in
        [("2026-11-20", 2), ("2026-11-16", 6), ("2026-11-15", 7), ("2026-10-01", 7)].into_iter().enumerate()
    {
        let user = member(&app, &format!("person_{n}")).await;
        history(&app, user, first_day, "2026-11-20").await;
        assert_eq!(earn(&app.as_user(user), "2026-11-21").await, earned, "{first_day}");
        assert_eq!(credits(&app, user).await, earned, "{first_day}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_is_of_one_viewer_and_one_month() {
    let app = TestApp::at(afternoon).await;
    let (ada, bob) = (member(&app, "ada").await, member(&app, "bob").await);
    history(&app, ada, "2026-10-29", "2026-11-02").await;
    history(&app, ada, "2026-11-20", "2026-11-20").await;

    let november = json!({
        "month": "2026-11-01", "days": ["2026-11-01", "2026-11-02", "2026-11-20", "2026-11-21"],
        "currentStreak": 2, "longestStreak": 5, "makeUpsLeft": 3
    });
    let made = check_in(&app.as_user(ada), "2026-11-21").await;
    assert_eq!(made, json!({ "creditsEarned": 2, "calendar": &november, "userErrors": [] }));
    assert_eq!(calendar(&app.as_user(ada), "2026-11-30").await, november);
    let october = json!({
        "month": "2026-10-01", "days": ["2026-10-29", "2026-10-30", "2026-10-31"],
        "currentStreak": 2, "longestStreak": 5, "makeUpsLeft": 0
    });
    assert_eq!(calendar(&app.as_user(ada), "2026-10-10").await, october);

    let empty = json!({ "month": "2026-11-01", "days": [], "currentStreak": 0, "longestStreak": 0, "makeUpsLeft": 3 });
    assert_eq!(calendar(&app.as_user(bob), "2026-11-21").await, empty);
    assert_eq!(credits(&app, bob).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn months_of_a_viewer_share_a_statement() {
    let app = TestApp::new().await;
    let ada = member(&app, "ada").await;
    let query =
        "{ viewer { a: checkIns(month: \"2026-10-01\") { days } b: checkIns(month: \"2026-11-01\") { days } } }";
    assert_eq!(app.as_user(ada).statements(query, json!({})).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_date_it_is_today_in_utc() {
    let app = TestApp::at(|| "2026-11-21T23:59:59Z".parse().expect("an instant")).await;
    let ada = member(&app, "ada").await;
    let made = app.as_user(ada).run(CHECK_IN, json!({})).await;
    assert_eq!(made["checkIn"]["calendar"]["days"], json!(["2026-11-21"]));

    let app = TestApp::new().await;
    let (bob, before) = (member(&app, "bob").await, Utc::now().date_naive());
    let made = app.as_user(bob).run(CHECK_IN, json!({})).await;
    let days = [before, Utc::now().date_naive()].map(|day| json!([day.to_string()]));
    assert!(days.contains(&made["checkIn"]["calendar"]["days"]), "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_today_somewhere_is_today() {
    // Midnight is yet to come in the far west, and long over in the far east.
    let app = TestApp::at(|| "2026-12-01T11:00:00Z".parse().expect("an instant")).await;
    let ada = member(&app, "ada").await;
    let ada = app.as_user(ada);
    for (date, earned) in [("2026-11-30", 1), ("2026-12-01", 2), ("2026-12-02", 3)] {
        assert_eq!(earn(&ada, date).await, earned, "{date}");
    }
    assert_eq!(calendar(&ada, "2026-11-01").await["makeUpsLeft"], 3);
    assert_eq!(earn(&ada, "2026-11-29").await, 1, "November is not over everywhere");
    assert_eq!(calendar(&ada, "2026-11-01").await["makeUpsLeft"], 2);
    assert_eq!(calendar(&ada, "2026-12-01").await["makeUpsLeft"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_a_month_that_is_over_or_of_the_future_is_refused() {
    let app = TestApp::at(|| "2026-12-01T12:00:00Z".parse().expect("an instant")).await;
    let ada = member(&app, "ada").await;
    for date in ["2026-11-30", "2026-12-03", "2025-12-01", "2027-01-01", "0000-01-01", "9999-12-31"] {
        assert_eq!(earn(&app.as_user(ada), date).await, "BAD_INPUT", "{date}");
    }
    assert_eq!(credits(&app, ada).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_up_days_before_they_came() {
    let app = TestApp::at(afternoon).await;
    let ada = member(&app, "ada").await;
    arrived(&app, ada, "2026-11-19T03:00:00Z").await;
    // It was the 18th in New York.
    for (date, earned) in
        [("2026-11-01", json!("BAD_INPUT")), ("2026-11-17", json!("BAD_INPUT")), ("2026-11-18", json!(1))]
    {
        assert_eq!(earn(&app.as_user(ada), date).await, earned, "{date}");
    }
    assert_eq!(credits(&app, ada).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_is_written_in_one_way() {
    let app = TestApp::new().await;
    let ada = member(&app, "ada").await;
    for date in [json!("2026-02-29"), json!("2026-1-5"), json!("+12026-01-05"), json!("21.11.2026"), json!(20261121)] {
        let error = app.as_user(ada).fail(CHECK_IN, json!({ "date": date })).await;
        assert_eq!(error["extensions"]["code"], "BAD_INPUT", "{date}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_checked_in_once() {
    let app = TestApp::at(afternoon).await;
    let (ada, bob) = (member(&app, "ada").await, member(&app, "bob").await);
    for (date, first) in [("2026-11-21", 1), ("2026-11-05", 1)] {
        assert_eq!(earn(&app.as_user(ada), date).await, first);
        assert_eq!(earn(&app.as_user(ada), date).await, "ALREADY_DONE");
    }
    assert_eq!(earn(&app.as_user(bob), "2026-11-21").await, 1);
    assert_eq!((credits(&app, ada).await, credits(&app, bob).await), (json!(2), json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_days_of_a_month_can_be_made_up() {
    let app = TestApp::at(afternoon).await;
    let (ada, bob) = (member(&app, "ada").await, member(&app, "bob").await);
    history(&app, ada, "2026-11-15", "2026-11-18").await;
    for (date, left) in [("2026-11-01", 2), ("2026-11-19", 1), ("2026-11-20", 0)] {
        let made = check_in(&app.as_user(ada), date).await;
        assert_eq!((&made["creditsEarned"], &made["calendar"]["makeUpsLeft"]), (&json!(1), &json!(left)), "{date}");
    }
    assert_eq!(earn(&app.as_user(ada), "2026-11-02").await, "CONFLICT");
    assert_eq!(earn(&app.as_user(ada), "2026-11-01").await, "ALREADY_DONE");
    assert_eq!(credits(&app, ada).await, 3);

    assert_eq!(earn(&app.as_user(ada), "2026-11-21").await, 7, "the gap is closed");
    assert_eq!(calendar(&app.as_user(ada), "2026-11-01").await["currentStreak"], 7);
    assert_eq!(earn(&app.as_user(bob), "2026-11-02").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_streak_ends_when_it_can_no_longer_be_prolonged() {
    let app = TestApp::at(afternoon).await;
    for (handle, last, streak) in [("ada", "2026-11-20", 3), ("bob", "2026-11-19", 0)] {
        let user = member(&app, handle).await;
        history(&app, user, "2026-11-18", last).await;
        let seen = calendar(&app.as_user(user), "2026-11-21").await;
        assert_eq!(seen["currentStreak"], streak, "{handle}");
        assert_eq!(seen["longestStreak"], seen["days"].as_array().map(Vec::len).unwrap_or_default(), "{handle}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_earns_once_however_many_requests_come_at_a_time() {
    let app = Arc::new(TestApp::at(afternoon).await);
    let ada = member(&app, "ada").await;
    let earned = at_once(&app, ada, vec!["2026-11-21".into(); 8]).await;
    assert_eq!(earned, [vec![json!("ALREADY_DONE"); 7], vec![json!(1)]].concat());
    assert_eq!(credits(&app, ada).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_three_days_are_made_up_however_many_requests_come_at_a_time() {
    let app = Arc::new(TestApp::at(afternoon).await);
    let ada = member(&app, "ada").await;
    let earned = at_once(&app, ada, (1..=12).map(|day| format!("2026-11-{day:02}"))).await;
    assert_eq!(earned, [vec![json!("CONFLICT"); 9], vec![json!(1); 3]].concat());
    assert_eq!(credits(&app, ada).await, 3);
    assert_eq!(calendar(&app.as_user(ada), "2026-11-01").await["days"].as_array().map(Vec::len), Some(3));
}

async fn at_once(app: &Arc<TestApp>, user: db::UserId, dates: impl IntoIterator<Item = String>) -> Vec<Value> {
    let mut requests = JoinSet::new();
    for date in dates {
        let app = app.clone();
        requests.spawn(async move { earn(&app.as_user(user), &date).await });
    }
    let mut earned = requests.join_all().await;
    earned.sort_by_key(Value::to_string);
    earned
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_checked_in_is_recorded_and_what_was_refused_is_not() {
    let app = TestApp::at(afternoon).await;
    let ada = member(&app, "ada").await;
    for date in ["2026-11-21", "2026-11-21", "2026-11-23"] {
        check_in(&app.as_user(ada), date).await;
    }
    let events = "select subject_id::text, payload ->> 'user', payload ->> 'day' from events where kind = 'checked_in'";
    let rows = app.sql().await.query(events, &[]).await.expect("events");
    let rows: Vec<[String; 3]> = rows.iter().map(|row| [0, 1, 2].map(|column| row.get(column))).collect();
    assert_eq!(rows, [[ada.to_string(), ada.to_string(), "2026-11-21".into()]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_checks_in_without_an_account() {
    let app = TestApp::new().await;
    let error = app.anonymous().fail(CHECK_IN, json!({})).await;
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");

    let ada = member(&app, "ada").await;
    app.sql().await.batch_execute(&format!("delete from users where id = '{ada}'")).await.expect("a statement");
    let error = app.as_user(ada).fail(CHECK_IN, json!({})).await;
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");
}
