//! What draws comments and likes: some draw many, and most of them soon.

use chrono::{DateTime, Duration, Utc};
use rand::RngExt;

use super::chance::{self, Random, Weights};

/// Things in the order of their times, some of which are more popular than others.
pub(super) struct Audience<T> {
    pub(super) all: Vec<T>,
    times: Vec<DateTime<Utc>>,
    popularity: Weights,
    most: f64,
}

impl<T> Audience<T> {
    /// The fewer people there are, the less one thing can be more popular than another.
    pub(super) fn new(people: usize) -> Self {
        let most = (people as f64 / 3.0).clamp(20.0, 3_000.0);
        Self { all: Vec::new(), times: Vec::new(), popularity: Weights::new(std::iter::empty()), most }
    }

    pub(super) fn push(&mut self, thing: T, time: DateTime<Utc>, random: &mut Random) {
        self.all.push(thing);
        self.times.push(time);
        self.popularity.push(chance::pareto(random, 1.05, self.most));
    }

    /// How many there are before a time.
    pub(super) fn before(&self, time: DateTime<Utc>) -> usize {
        self.times.partition_point(|&other| other < time)
    }

    /// When the first thing is there, if there is any.
    pub(super) fn first(&self) -> Option<DateTime<Utc>> {
        self.times.first().copied()
    }

    /// One of the first `present` things, which somebody notices at a time.
    pub(super) fn draw(&self, present: usize, time: DateTime<Utc>, random: &mut Random) -> usize {
        // Half are noticed within ten hours, one in ten after a week or later.
        let hours = 6.0 * (chance::pareto(random, 0.7, 1e5) - 1.0);
        let aim = self.before(time - Duration::minutes((hours * 60.0) as i64)).min(present);
        let aim = if aim == 0 { random.random_range(0..present as u64) as usize } else { aim };
        let reach = 16 + present / 200;
        self.popularity.draw(random, aim.saturating_sub(reach)..(aim + reach).min(present))
    }
}
