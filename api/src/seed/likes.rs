use chrono::{DateTime, Utc};
use db::bulk::NewLike;
use db::{LikeId, LikeSubject};
use rand::RngExt;

use super::audience::Audience;
use super::chance::{self, Pairs};
use super::clock::{Clock, Times};
use super::people::People;

/// Who likes what, in the order of time. `subject` tells what is liked, and whose it is.
pub(super) fn generate<T>(
    (seed, purpose): (u32, &str),
    mut times: Times<'_>,
    people: &People,
    things: &Audience<T>,
    subject: impl Fn(&T) -> (LikeSubject, usize),
    mut emit: impl FnMut(NewLike) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut random = chance::random(seed.into(), purpose, 0);
    let active = people.by_activity();
    let mut pairs = Pairs::default();
    while let Some(time) = times.next(&mut random) {
        let (joined, present) = (people.before(time), things.before(time));
        let pair = pairs.draw(
            &mut random,
            (joined, present),
            joined * present,
            |_, _| true,
            |random| {
                let thing = things.draw(present, time, random);
                let by_author = subject(&things.all[thing]).1;
                // Few like what they wrote themselves: one more draw, and that will do.
                let liker = Some(active.draw(random, 0..joined)).filter(|&liker| liker != by_author);
                (liker.unwrap_or_else(|| active.draw(random, 0..joined)), thing)
            },
        );
        let Some((liker, thing)) = pair else {
            times.retry();
            continue;
        };
        let subject = subject(&things.all[thing]).0;
        emit(NewLike { id: LikeId::at(time, random.random()), user_id: people.all[liker].id, subject })?;
    }
    Ok(())
}

/// Likes come from when there is something to like.
pub(super) fn times<'clock, T>(
    clock: &'clock Clock,
    count: u64,
    things: &Audience<T>,
    until: DateTime<Utc>,
) -> Times<'clock> {
    Times::new(clock, if things.all.is_empty() { 0 } else { count }, things.first().unwrap_or(until), until)
}
