//! The days on which people check in, and how many of them come in a row.

use std::collections::{BTreeMap, HashMap};
use std::iter::successors;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::schema::{check_ins, users};
use crate::transaction::transaction;
use crate::{Conn, Error, Event, Result, UserId};

/// A day that a user is to have checked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewCheckIn {
    pub user_id: UserId,
    /// One of [`Today::open_since`].
    pub day: NaiveDate,
    pub today: Today,
}

/// All days that a user has checked in, and whether each of them was made up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckIns(BTreeMap<NaiveDate, bool>);

/// A month of them, and what they come to altogether.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its first day.
    pub month: NaiveDate,
    pub days: Vec<NaiveDate>,
    /// Zero once no ordinary check-in can prolong it any more.
    pub current_streak: i32,
    pub longest_streak: i32,
    pub make_ups_left: i32,
}

/// The days that are today somewhere on Earth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Today {
    earliest: NaiveDate,
    latest: NaiveDate,
}

/// Most credits for an ordinary check-in.
const MOST_CREDITS: i32 = 7;
const MAKE_UP_CREDITS: i32 = 1;

const MAKE_UPS_PER_MONTH: i32 = 3;

impl NewCheckIn {
    /// Stores the check-in and adds the credits that it earns, which are returned with the month of the day.
    pub async fn insert(&self, conn: &mut Conn) -> Result<(Calendar, i32)> {
        transaction(conn, async |conn| {
            lock(conn, self.user_id).await?;
            let mut check_ins =
                CheckIns::find_many(conn, &[self.user_id]).await?.remove(&self.user_id).unwrap_or_default();
            check_ins.0.insert(self.day, self.is_make_up());
            let credits =
                if self.is_make_up() { MAKE_UP_CREDITS } else { check_ins.streak_until(self.day).min(MOST_CREDITS) };
            self.insert_row(conn, credits).await?;
            // No constraint counts rows: this one holds since the check-ins of a user are serialised. Only now, since a day that was checked in before is to be refused for that.
            if self.is_make_up() && check_ins.make_ups_of(self.day) > MAKE_UPS_PER_MONTH {
                return Err(Error::TooMany);
            }
            diesel::update(users::table.find(self.user_id))
                .set(users::credits.eq(users::credits + credits))
                .execute(conn)
                .await?;
            Event::CheckedIn { user: self.user_id, day: self.day }.record(conn).await?;
            Ok((check_ins.calendar(self.day, self.today), credits))
        })
        .await
    }

    fn is_make_up(&self) -> bool {
        self.day < self.today.earliest
    }

    async fn insert_row(&self, conn: &mut Conn, credits: i32) -> Result<usize> {
        Ok(diesel::insert_into(check_ins::table)
            .values((
                check_ins::user_id.eq(self.user_id),
                check_ins::day.eq(self.day),
                check_ins::is_make_up.eq(self.is_make_up()),
                check_ins::credits_earned.eq(credits as i16),
            ))
            .execute(conn)
            .await?)
    }
}

/// The check-ins of a user come one after the other. Who is not there locks nothing, and is refused by the foreign key.
async fn lock(conn: &mut Conn, user: UserId) -> Result<Option<UserId>> {
    Ok(users::table.find(user).select(users::id).for_no_key_update().first(conn).await.optional()?)
}

impl CheckIns {
    pub async fn find_many(conn: &mut Conn, users: &[UserId]) -> Result<HashMap<UserId, Self>> {
        let rows: Vec<(UserId, NaiveDate, bool)> = check_ins::table
            .filter(check_ins::user_id.eq_any(users))
            .select((check_ins::user_id, check_ins::day, check_ins::is_make_up))
            .load(conn)
            .await?;
        let mut found: HashMap<_, Self> = HashMap::new();
        for (user, day, is_make_up) in rows {
            found.entry(user).or_default().0.insert(day, is_make_up);
        }
        Ok(found)
    }

    /// The month that has `day`.
    pub fn calendar(&self, day: NaiveDate, today: Today) -> Calendar {
        let month = month(day);
        let is_over = month < today.month();
        Calendar {
            month,
            days: self.days_of(month).map(|(day, _)| day).collect(),
            current_streak: self.current_streak(today),
            longest_streak: self.longest_streak(),
            make_ups_left: if is_over { 0 } else { (MAKE_UPS_PER_MONTH - self.make_ups_of(month)).max(0) },
        }
    }

    fn days_of(&self, day: NaiveDate) -> impl Iterator<Item = (NaiveDate, bool)> {
        let same_month = move |(other, _): &(NaiveDate, bool)| month(*other) == month(day);
        self.0.range(month(day)..).map(|(day, is_make_up)| (*day, *is_make_up)).take_while(same_month)
    }

    fn make_ups_of(&self, day: NaiveDate) -> i32 {
        self.days_of(day).map(|(_, is_make_up)| i32::from(is_make_up)).sum()
    }

    /// How many days without a gap end with `day`.
    fn streak_until(&self, day: NaiveDate) -> i32 {
        let backwards = successors(Some(day), NaiveDate::pred_opt).take_while(|day| self.0.contains_key(day));
        backwards.map(|_| 1).sum()
    }

    fn current_streak(&self, today: Today) -> i32 {
        match self.0.last_key_value() {
            Some((&last, _)) if last + Days::new(1) >= today.earliest => self.streak_until(last),
            _ => 0,
        }
    }

    fn longest_streak(&self) -> i32 {
        let (mut longest, mut length, mut before) = (0, 0, None);
        for &day in self.0.keys() {
            length = if before == day.pred_opt() { length + 1 } else { 1 };
            longest = longest.max(length);
            before = Some(day);
        }
        longest
    }
}

impl Today {
    /// From UTC-12 to UTC+14.
    pub fn at(now: DateTime<Utc>) -> Self {
        let day = |hours| (now + TimeDelta::hours(hours)).date_naive();
        Self { earliest: day(-12), latest: day(14) }
    }

    /// The days that can be checked in by who came at some time: those that are today somewhere, and before them those of a month that
    /// is not over everywhere, from the day on that it was then, which may have been yesterday where they were.
    pub fn open_since(self, arrival: DateTime<Utc>) -> RangeInclusive<NaiveDate> {
        let first = arrival.date_naive() - Days::new(1);
        self.month().max(first).min(self.earliest)..=self.latest
    }

    /// The first day of the month that is not over everywhere.
    fn month(self) -> NaiveDate {
        month(self.earliest)
    }
}

/// The first day of the month that has `day`.
fn month(day: NaiveDate) -> NaiveDate {
    day - Days::new(day.day0().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn today(now: &str) -> Today {
        Today::at(now.parse().expect("an instant"))
    }

    fn check_ins(days: &[&str]) -> CheckIns {
        CheckIns(days.iter().map(|text| (day(text), false)).collect())
    }

    #[test]
    fn it_is_up_to_three_days_at_once() {
        for (now, earliest, latest) in [
            ("2026-11-21T09:59:59Z", "2026-11-20", "2026-11-21"),
            ("2026-11-21T10:00:00Z", "2026-11-20", "2026-11-22"),
            ("2026-11-21T11:59:59Z", "2026-11-20", "2026-11-22"),
            ("2026-11-21T12:00:00Z", "2026-11-21", "2026-11-22"),
        ] {
            assert_eq!(today(now), Today { earliest: day(earliest), latest: day(latest) }, "{now}");
        }
    }

    #[test]
    fn a_month_is_open_until_it_is_over_everywhere() {
        for (now, first, last) in [
            ("2026-12-01T11:59:59Z", "2026-11-01", "2026-12-02"),
            ("2026-12-01T12:00:00Z", "2026-12-01", "2026-12-02"),
            ("2028-02-29T10:00:00Z", "2028-02-01", "2028-03-01"),
        ] {
            let long_ago = "2020-01-01T00:00:00Z".parse().expect("an instant");
            assert_eq!(today(now).open_since(long_ago), day(first)..=day(last), "{now}");
        }
    }

    #[test]
    fn no_day_is_open_to_who_was_not_there_yet() {
        for (arrival, first) in [
            ("2026-11-01T23:59:59Z", "2026-11-01"),
            ("2026-11-10T00:00:00Z", "2026-11-09"),
            ("2026-11-21T09:00:00Z", "2026-11-20"),
            ("2026-11-23T09:00:00Z", "2026-11-20"),
        ] {
            let open = today("2026-11-21T09:30:00Z").open_since(arrival.parse().expect("an instant"));
            assert_eq!(open, day(first)..=day("2026-11-21"), "{arrival}");
        }
    }

    #[test]
    fn a_streak_has_no_gap() {
        let days = check_ins(&["2026-12-30", "2026-12-31", "2027-01-01", "2027-01-03", "2027-01-04"]);
        assert_eq!(days.longest_streak(), 3);
        assert_eq!(days.streak_until(day("2027-01-01")), 3);
        assert_eq!(days.streak_until(day("2027-01-02")), 0);
        assert_eq!(days.streak_until(day("2027-01-04")), 2);
        assert_eq!(CheckIns::default().longest_streak(), 0);
    }

    #[test]
    fn a_streak_is_current_as_long_as_it_can_be_prolonged() {
        let days = check_ins(&["2026-11-19", "2026-11-20"]);
        for (now, streak) in [
            ("2026-11-20T12:00:00Z", 2),
            ("2026-11-21T23:00:00Z", 2),
            ("2026-11-22T11:59:59Z", 2),
            ("2026-11-22T12:00:00Z", 0),
        ] {
            assert_eq!(days.current_streak(today(now)), streak, "{now}");
        }
        assert_eq!(CheckIns::default().current_streak(today("2026-11-21T12:00:00Z")), 0);
    }

    #[test]
    fn a_calendar_is_of_one_month() {
        let mut days = check_ins(&["2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"]);
        days.0.insert(day("2026-11-10"), true);
        let at = today("2026-11-30T12:00:00Z");

        let november = days.calendar(day("2026-11-17"), at);
        assert_eq!(november.month, day("2026-11-01"));
        assert_eq!(november.days, ["2026-11-01", "2026-11-10", "2026-11-30"].map(day));
        assert_eq!(november.make_ups_left, 2);
        assert_eq!(days.calendar(day("2026-12-31"), at).make_ups_left, 3);
        assert_eq!(days.calendar(day("2026-10-01"), at).make_ups_left, 0, "it is over");
        assert_eq!(days.calendar(day("2026-11-17"), today("2026-12-01T12:00:00Z")).make_ups_left, 0, "it is over");
    }
}
