//! When things happen: more of them from year to year, few at night, many in the last days.

use std::ops::Range;

use chrono::{DateTime, Duration, Timelike, Utc};
use rand::RngExt;

use super::chance::{Random, Weights};

const DAYS: u16 = 730;
const HOUR_MS: f64 = 3_600_000.0;

/// How busy the hours of a day are, from midnight on.
const RHYTHM: [f64; 24] = [
    1.2, 0.7, 0.4, 0.3, 0.3, 0.5, 1.0, 1.8, 2.6, 3.2, 3.6, 4.2, 5.0, 4.8, 4.0, 3.6, 3.8, 4.6, 5.8, 6.6, 6.8, 5.8, 4.0,
    2.2,
];

/// Two years, as a distribution: 0 is their beginning, 1 is now, and as much happens from 0.1 to 0.2 as from 0.8 to 0.9.
pub(super) struct Clock {
    start: DateTime<Utc>,
    hours: Weights,
}

impl Clock {
    pub(super) fn new(until: DateTime<Utc>) -> Self {
        let start = until - Duration::days(DAYS.into());
        let first = start.hour() as usize;
        let hours = (0..DAYS).flat_map(|day| (0..24).map(move |hour| (day, hour))).map(|(day, hour)| {
            let growth = 0.25 + 1.75 * f64::from(day) / f64::from(DAYS);
            let days_ago = f64::from(DAYS - day);
            growth * (1.0 + 3.0 * (-days_ago / 6.0).exp()) * RHYTHM[(first + hour) % 24]
        });
        Self { start, hours: Weights::new(hours) }
    }

    pub(super) fn time(&self, at: f64) -> DateTime<Utc> {
        let (hour, share) = self.hours.locate(at);
        self.start + Duration::milliseconds(((hour as f64 + share) * HOUR_MS) as i64)
    }

    pub(super) fn at(&self, time: DateTime<Utc>) -> f64 {
        let hours = (time - self.start).num_milliseconds() as f64 / HOUR_MS;
        self.hours.share_before(hours)
    }
}

/// Times in order, at random. They are made one by one: there may be millions.
pub(super) struct Times<'clock> {
    clock: &'clock Clock,
    within: Range<f64>,
    /// How far through `within` we are, from 0 to 1.
    passed: f64,
    left: u64,
    lean: f64,
}

impl<'clock> Times<'clock> {
    pub(super) fn new(clock: &'clock Clock, count: u64, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { clock, within: clock.at(from)..clock.at(to), passed: 0.0, left: count, lean: 1.0 }
    }

    /// The same, but earlier.
    pub(super) fn early(self) -> Self {
        Self { lean: 1.8, ..self }
    }

    pub(super) fn next(&mut self, random: &mut Random) -> Option<DateTime<Utc>> {
        if self.left == 0 {
            return None;
        }
        // The least of n uniform numbers is distributed like 1 - u^(1/n).
        self.passed = 1.0 - (1.0 - self.passed) * random.random::<f64>().powf(1.0 / self.left as f64);
        self.left -= 1;
        let at = self.within.start + (self.within.end - self.within.start) * self.passed.powf(self.lean);
        Some(self.clock.time(at))
    }

    /// Nothing could happen at the last time; there will be one more. At the end of all times, whatever is possible can happen.
    pub(super) fn retry(&mut self) {
        self.left += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::chance;
    use super::*;

    #[test]
    fn times_are_in_order_and_within_bounds() {
        let until = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let (clock, from, to) = (Clock::new(until), until - Duration::days(90), until - Duration::hours(1));
        let (mut random, mut times) = (chance::random(1, "test", 0), Times::new(&clock, 1000, from, to));
        let all: Vec<_> = std::iter::from_fn(|| times.next(&mut random)).collect();
        assert_eq!(all.len(), 1000);
        assert!(all.is_sorted() && all[0] >= from - Duration::seconds(1) && all[999] <= to);
    }
}
