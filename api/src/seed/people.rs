//! Who writes: names, habits, and the day they joined.

use chrono::{DateTime, Duration, Utc};
use db::UserId;
use db::bulk::NewUser;
use rand::RngExt;

use super::chance::{self, Weights};
use super::clock::{Clock, Times};
use super::names;
use super::options::Plan;
use super::words::{Language, Words};

pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) joined: DateTime<Utc>,
    pub(super) language: Language,
    /// Stars that this person gives less than others would.
    pub(super) strictness: f64,
}

/// Everybody, in the order in which they joined.
#[derive(Default)]
pub(super) struct People {
    pub(super) all: Vec<Person>,
    /// How much they write.
    pub(super) activity: Vec<f64>,
    /// How much they are followed.
    pub(super) fame: Vec<f64>,
}

impl People {
    /// How many have joined before a time.
    pub(super) fn before(&self, time: DateTime<Utc>) -> usize {
        self.all.partition_point(|person| person.joined < time)
    }

    pub(super) fn by_activity(&self) -> Weights {
        Weights::new(self.activity.iter().copied())
    }

    pub(super) fn by_fame(&self) -> Weights {
        Weights::new(self.fame.iter().copied())
    }

    /// When there is the first who can do something, or the second with whom.
    pub(super) fn first_joined(&self) -> DateTime<Utc> {
        self.all.get(1).or(self.all.first()).map_or(DateTime::UNIX_EPOCH, |person| person.joined)
    }
}

/// Makes them up, one by one: the handle of number `index` depends on nothing but the seed.
pub(super) fn generate(
    plan: &Plan,
    clock: &Clock,
    words: &Words,
    cities: &[&str],
    mut emit: impl FnMut(NewUser) -> anyhow::Result<()>,
) -> anyhow::Result<People> {
    let mut random = chance::random(plan.seed.into(), "joining", 0);
    let last = plan.until - Duration::days(1);
    let mut times = Times::new(clock, plan.people as u64, DateTime::UNIX_EPOCH, last).early();
    let most = (plan.people as f64 / 8.0).clamp(10.0, 2_000.0);
    let mut people = People::default();
    while let Some(joined) = times.next(&mut random) {
        let index = people.all.len();
        let (person, user) = make_up(plan.seed, index, joined, words, cities);
        emit(user)?;
        let activity = chance::pareto(&mut random, 1.05, most.min(400.0));
        people.activity.push(activity);
        // Who writes a lot is read a lot; and some are famous all the same.
        people.fame.push(activity.powf(0.6) * chance::pareto(&mut random, 1.1, most));
        people.all.push(person);
    }
    Ok(people)
}

fn make_up(seed: u32, index: usize, joined: DateTime<Utc>, words: &Words, cities: &[&str]) -> (Person, NewUser) {
    let mut random = chance::random(seed.into(), "person", index as u64);
    let language = match random.random_range(0..100) {
        0..20 => Language::Chinese,
        20..32 => Language::Finnish,
        _ => Language::English,
    };
    let name = names::draw(language, &mut random);
    let handle = handle(&name.latin, seed, index);
    let strictness = 0.3 * chance::normal(&mut random);
    let bio = random.random_bool(0.4).then(|| words.say(language, "bio", &mut random));
    let city = (!cities.is_empty() && random.random_bool(0.7)).then(|| chance::one_of(&mut random, cities).to_owned());
    let credits = random.random_range(0..60) * 5;
    let id = UserId::at(joined, random.random());
    (
        Person { id, joined, language, strictness },
        NewUser { id, handle, nickname: name.nickname, bio, city, credits, created_at: joined },
    )
}

/// The handle of somebody; only as long as nothing has changed in how people are made up.
pub(super) fn handle_of(seed: u32, index: usize, words: &Words) -> String {
    make_up(seed, index, DateTime::UNIX_EPOCH, words, &[]).1.handle
}

/// How many people a seed can have.
const INDEXES: usize = 36_usize.pow(4);

/// A name, then the seed, then four digits that number the people of this seed, though not in order.
fn handle(latin: &str, seed: u32, index: usize) -> String {
    // Odd and no multiple of three, so every index gets another number.
    let mut number = (index % INDEXES) * 1_000_003 % INDEXES;
    let mut seed = seed as usize;
    let mut digits = Vec::new();
    for _ in 0..4 {
        digits.push(digit(number));
        number /= 36;
    }
    loop {
        digits.push(digit(seed));
        seed /= 36;
        if seed == 0 {
            break;
        }
    }
    let suffix: String = digits.iter().rev().collect();
    let room = 29 - suffix.len();
    let name: String = latin.chars().take(room).collect();
    format!("{}_{suffix}", name.trim_matches('_'))
}

fn digit(number: usize) -> char {
    char::from(b"0123456789abcdefghijklmnopqrstuvwxyz"[number % 36])
}

/// Letters and digits that a handle may have, in place of those of a name.
pub(super) fn plain(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;

    let ascii = name.nfd().filter_map(|letter| match letter {
        ' ' | '-' | '_' => Some('_'),
        'ø' | 'Ø' => Some('o'),
        'ß' => Some('s'),
        _ if letter.is_ascii_alphanumeric() => Some(letter.to_ascii_lowercase()),
        _ => None,
    });
    ascii.collect::<String>().trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn handles_are_valid_and_unique_over_seeds() -> anyhow::Result<()> {
        let words = Words::new()?;
        let mut seen = HashSet::new();
        for (seed, index) in
            [0, 1, 35, 36, u32::MAX].into_iter().flat_map(|seed| (0..400).map(move |index| (seed, index)))
        {
            let handle = handle_of(seed, index, &words);
            assert!((3..=30).contains(&handle.len()), "{handle}");
            assert!(handle.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{handle}");
            assert!(seen.insert(handle));
        }
        Ok(())
    }
}
