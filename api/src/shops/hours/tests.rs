use std::time::{Duration, Instant};

use super::*;

fn helsinki(expression: &str) -> Hours {
    Hours::parse(expression, "Europe/Helsinki", Some("FI"), 60.17, 24.94).expect(expression)
}

fn utc(time: &str) -> DateTime<Utc> {
    format!("{time}:00Z").parse().expect(time)
}

#[test]
fn hours_are_local_and_follow_summer_time() {
    let hours = helsinki("Mo-Fr 09:00-17:00");
    assert_eq!(hours.is_open(utc("2026-01-07T07:30")), Some(true));
    assert_eq!(hours.is_open(utc("2026-07-08T06:30")), Some(true));
    assert_eq!(hours.is_open(utc("2026-01-07T06:30")), Some(false));
    assert_eq!(hours.next_change(utc("2026-01-09T15:00")), Some(utc("2026-01-12T07:00")));
}

#[test]
fn the_hour_that_is_repeated_in_autumn_counts_twice() {
    // On 25 October 2026 clocks go back from 04:00 to 03:00, at 01:00 UTC.
    let always = helsinki("24/7");
    let (from, until) = (utc("2026-10-25T00:30"), utc("2026-10-25T02:00"));
    assert_eq!(always.open_times(from, until), [(from, until)]);
    assert_eq!(always.is_open(from), Some(true));
    assert_eq!(always.next_change(from), None);
}

#[test]
fn a_public_holiday_is_one_of_the_country() {
    // Midsummer's eve and day, a Friday and a Saturday, are holidays in Finland and not in China.
    let midsummer = utc("2026-06-20T10:00");
    assert_eq!(helsinki("Mo-Su 10:00-20:00; PH off").is_open(midsummer), Some(false));
    let shanghai = Hours::parse("Mo-Su 10:00-20:00; PH off", "Asia/Shanghai", Some("CN"), 31.2, 121.5);
    assert_eq!(shanghai.expect("sound hours").is_open(utc("2026-06-22T03:00")), Some(true));
}

#[test]
fn the_sun_rises_where_the_place_is() {
    let hours = helsinki("sunrise-sunset");
    assert_eq!(hours.is_open(utc("2026-06-21T02:00")), Some(true));
    assert_eq!(hours.is_open(utc("2026-12-21T06:00")), Some(false));
}

#[test]
fn a_night_belongs_to_the_evening_it_began_in() {
    let bar = helsinki("Fr-Sa 22:00-04:00");
    let times = bar.open_times(utc("2026-01-09T00:00"), utc("2026-01-11T00:00"));
    assert_eq!(
        times,
        [(utc("2026-01-09T20:00"), utc("2026-01-10T02:00")), (utc("2026-01-10T20:00"), utc("2026-01-11T00:00")),]
    );
}

#[test]
fn what_is_unknown_is_neither_open_nor_closed() {
    let hours = helsinki("Mo-Fr 09:00-17:00 unknown \"by appointment\"; Sa 10:00-12:00");
    assert_eq!(hours.is_open(utc("2026-01-07T08:00")), None);
    assert_eq!(hours.next_change(utc("2026-01-07T08:00")), Some(utc("2026-01-07T15:00")));
    assert!(hours.open_times(utc("2026-01-05T00:00"), utc("2026-01-09T00:00")).is_empty());
}

#[test]
fn a_rule_that_is_only_a_comment_tells_that_nobody_knows() {
    let (working, weekend) = (utc("2026-01-07T08:00"), utc("2026-01-10T08:00"));
    let always = helsinki("\"by appointment; or, ask || ring\"");
    assert_eq!((always.is_open(working), always.next_change(working)), (None, None));
    assert!(always.open_times(working, weekend).is_empty());
    for expression in ["Mo-Fr 09:00-17:00 || \"ask\"", "\"ask\"; Mo-Fr 09:00-17:00"] {
        let hours = helsinki(expression);
        assert_eq!((hours.is_open(working), hours.is_open(weekend)), (Some(true), None), "{expression}");
    }
    assert_eq!(helsinki("Mo-Fr \"ring, then; wait\"").is_open(working), Some(true), "a rule that says more");
}

#[test]
fn a_change_of_comment_is_no_change() {
    let hours = helsinki("Mo 09:00-12:00 \"a\", Mo 12:00-15:00 \"b\"");
    let monday = utc("2026-01-05T08:00");
    assert_eq!(hours.next_change(monday), Some(utc("2026-01-05T13:00")));
    assert_eq!(hours.open_times(monday, utc("2026-01-06T00:00")).len(), 1);
}

#[test]
fn what_never_changes_has_no_next_change() {
    for never in ["24/7", "off", "2100 Jan 01", "easter off"] {
        assert_eq!(helsinki(never).next_change(utc("2026-01-07T08:00")), None, "{never}");
    }
}

#[test]
fn an_error_says_where_it_is() {
    let parse = |expression: &str, zone| Hours::parse(expression, zone, None, 0.0, 0.0);
    let error = parse("Mo-Fr 9am", "UTC").expect_err("nonsense");
    assert_eq!(error, "is not understood from character 7 on");
    assert_eq!(parse("24/7", "Mars/Olympus").expect_err("nonsense"), "has no time zone `Mars/Olympus`");
    assert_eq!(parse(&"Mo,".repeat(90), "UTC").expect_err("nonsense"), "is longer than 255 characters");
}

#[test]
fn nonsense_is_neither_slow_nor_fatal() {
    let filled = |rule: &str| rule.repeat(255 / rule.len()).trim_end_matches([',', ';', ' ']).to_owned();
    let nonsense = [
        filled("easter off;"),
        filled("week 53;"),
        filled("Feb 29;"),
        filled("Su[-1] -9999 days;"),
        filled("PH +9999 days,"),
        filled("sunrise-sunset,"),
        filled("00:00-00:01,"),
        filled("00:00-48:00/01 || "),
        "2100 Jan 01 00:00-00:01; week 53 Su[5]".into(),
        "(sunset+23:59)-00:01".into(),
        "(sunset+10:00)-26:00; 24/7".into(),
        "\"".repeat(255),
        "(".repeat(255),
    ];
    let at = utc("2026-01-07T08:00");
    for expression in &nonsense {
        let began = Instant::now();
        if let Ok(hours) = Hours::parse(expression, "Europe/Helsinki", Some("FI"), 60.17, 24.94) {
            let _ = hours.is_open(at);
            let _ = hours.next_change(at);
            let _ = hours.open_times(at, at + TimeDelta::days(35));
        }
        // Generous, for debug builds on busy machines: what it must not do is search for years.
        assert!(began.elapsed() < Duration::from_secs(2), "{expression}");
    }
    let nonsense = helsinki("(sunset+10:00)-26:00");
    assert_eq!(nonsense.is_open(utc("2026-06-20T08:00")), None);
    for never in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        assert_eq!(helsinki("Mo").next_change(never), None);
        assert_eq!(helsinki("Mo").is_open(never), None);
    }
}
