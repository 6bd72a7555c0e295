//! Opening hours: the expression of OpenStreetMap, read where and when the place is.

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use opening_hours::localization::{Coordinates, Country, TzLocation};
use opening_hours::{Context, OpeningHours, RuleKind};

/// OpenStreetMap's own limit on a value, in characters.
const LENGTH_LIMIT: usize = 255;

/// How far ahead a change is looked for: beyond every season, and short of an endless search.
const HORIZON: TimeDelta = TimeDelta::days(400);

/// How many open intervals are worth storing; only nonsense has more of them in a month.
const INTERVALS_LIMIT: usize = 1000;

/// Parsed hours of one place: its holidays, its sunrise, its summer time.
#[derive(Clone, Debug)]
pub struct Hours(OpeningHours<TzLocation<Tz>>);

type Interval = Range<DateTime<Utc>>;

impl Hours {
    /// `timezone` is an IANA name, `country` an ISO 3166-1 alpha-2 code; without the latter no day is
    /// a holiday. The error is a sentence without its subject, for whoever wrote the expression.
    pub fn parse(expression: &str, timezone: &str, country: Option<&str>, lat: f64, lng: f64) -> Result<Self, String> {
        let expression = expression.trim();
        if expression.chars().count() > LENGTH_LIMIT {
            return Err(format!("is longer than {LENGTH_LIMIT} characters"));
        }
        let zone: Tz = timezone.parse().map_err(|_| format!("has no time zone `{timezone}`"))?;
        let hours = read(expression)?;
        let explicit = with_unknowns(expression);
        let hours = if explicit == expression { hours } else { read(&explicit)? };

        let place = TzLocation::new(zone);
        let place = match Coordinates::new(lat, lng) {
            Some(at) => place.with_coords(at),
            None => place,
        };
        let context = match country.and_then(|code| code.parse::<Country>().ok()) {
            Some(country) => {
                Context::default().with_holidays(country.holidays()).with_holidays_unknown(country.holidays_regional())
            }
            None => Context::default(),
        };
        Ok(Self(hours.with_context(context.with_locale(place))))
    }

    /// None when even the expression does not know, as with `Mo-Fr unknown`.
    pub fn is_open(&self, at: DateTime<Utc>) -> Option<bool> {
        let state = guarded(|| self.states(at, TimeDelta::minutes(1)).next()).flatten();
        match state?.1 {
            RuleKind::Open => Some(true),
            RuleKind::Closed => Some(false),
            RuleKind::Unknown => None,
        }
    }

    /// When what `is_open` says will be different; none if that is never, or more than a year away.
    pub fn next_change(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        guarded(|| {
            let mut states = self.states(at, HORIZON);
            let (_, now) = states.next()?;
            states.find(|(_, state)| *state != now).map(|(interval, _)| interval.start)
        })
        .flatten()
    }

    /// The half-open intervals within the window when the place is open for sure, in order and apart.
    pub fn open_times(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let mut times: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
        let _ = guarded(|| {
            let open = self.states(from, until - from).filter(|(_, state)| *state == RuleKind::Open);
            for (interval, _) in open.take(INTERVALS_LIMIT) {
                match times.last_mut() {
                    Some((_, end)) if *end == interval.start => *end = interval.end,
                    _ => times.push((interval.start, interval.end)),
                }
            }
        });
        times
    }

    /// The states from `from` on, without gaps, cut to the window.
    ///
    /// The crate thinks in local time, where the hour that summer time repeats exists once. So it is
    /// asked from the day before, and what it answers is cut here.
    fn states(&self, from: DateTime<Utc>, length: TimeDelta) -> impl Iterator<Item = (Interval, RuleKind)> {
        let zone = *self.0.get_context().locale.get_timezone();
        let day = TimeDelta::days(1);
        let window = from.checked_add_signed(length).map(|until| from..until);
        let window = window.filter(within_the_calendar);
        window.into_iter().flat_map(move |window| {
            let asked = (window.start - day)..(window.end + day);
            let answers = self.0.iter_range(asked.start.with_timezone(&zone), asked.end.with_timezone(&zone));
            answers.filter_map(move |answer| {
                let start = answer.range.start.to_utc().max(window.start);
                let end = answer.range.end.to_utc().min(window.end);
                (start < end).then_some((start..end, answer.kind))
            })
        })
    }
}

fn read(expression: &str) -> Result<OpeningHours, String> {
    guarded(|| expression.parse().map_err(explained)).unwrap_or_else(|| Err("is not understood".into()))
}

/// By the specification, a rule that is only a comment tells that nobody knows; the crate takes it for open. And it takes a fallback
/// without days for all there is, so the days are given.
fn with_unknowns(expression: &str) -> String {
    const SEPARATORS: [char; 3] = [';', ',', '|'];
    let mut is_quoted = false;
    let rules = expression.split_inclusive(|c| {
        is_quoted ^= c == '"';
        !is_quoted && SEPARATORS.contains(&c)
    });
    let is_comment = |rule: &str| rule.starts_with('"') && rule.ends_with('"') && rule.matches('"').count() == 2;
    let explicit = rules.map(|rule| match is_comment(rule.trim_end_matches(SEPARATORS).trim()) {
        true => format!(" Mo-Su unknown {}", rule.trim_start()),
        false => rule.to_owned(),
    });
    explicit.collect()
}

/// The crate knows the years 1900 to 9999; clients may ask for others.
fn within_the_calendar(window: &Interval) -> bool {
    let years = DateTime::from_timestamp(-2_208_000_000, 0)..DateTime::from_timestamp(253_000_000_000, 0);
    years.contains(&Some(window.start)) && years.contains(&Some(window.end))
}

/// Expressions come from anyone, and of a few that make no sense the crate panics on some days:
/// `(sunset+10:00)-26:00` in June. They are as good as unknown.
fn guarded<T>(evaluate: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(evaluate)).ok()
}

/// The parser draws a picture of several lines; one clause is enough.
fn explained(error: impl ToString) -> String {
    let picture = error.to_string();
    let column = picture.trim_start().strip_prefix("--> 1:").and_then(|rest| rest.lines().next());
    match column {
        Some(column) => format!("is not understood from character {} on", column.trim()),
        None => picture.lines().next().unwrap_or("is not understood").to_owned(),
    }
}
