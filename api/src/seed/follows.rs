use chrono::Duration;
use db::FollowId;
use db::bulk::NewFollow;
use rand::RngExt;

use super::chance::{self, Pairs};
use super::clock::{Clock, Times};
use super::options::Plan;
use super::people::People;

/// Who follows whom; returns how many each follows.
pub(super) fn generate(
    plan: &Plan,
    clock: &Clock,
    people: &People,
    mut emit: impl FnMut(NewFollow) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<u32>> {
    let mut random = chance::random(plan.seed.into(), "follows", 0);
    let (eager, famous) = (people.by_activity(), people.by_fame());
    let mut times = Times::new(clock, plan.follows, people.first_joined(), plan.until - Duration::hours(1));
    let mut pairs = Pairs::default();
    let mut following = vec![0; people.all.len()];
    while let Some(time) = times.next(&mut random) {
        let joined = people.before(time);
        let capacity = joined * joined.saturating_sub(1);
        let pair = pairs.draw(
            &mut random,
            (joined, joined),
            capacity,
            |a, b| a != b,
            |random| {
                // Half of all follows are by people who write little, and only read.
                let follower = if random.random_bool(0.5) {
                    eager.draw(random, 0..joined)
                } else {
                    random.random_range(0..joined as u64) as usize
                };
                (follower, famous.draw(random, 0..joined))
            },
        );
        let Some((follower, followee)) = pair else {
            times.retry();
            continue;
        };
        following[follower] += 1;
        emit(NewFollow {
            id: FollowId::at(time, random.random()),
            follower_id: people.all[follower].id,
            followee_id: people.all[followee].id,
        })?;
    }
    Ok(following)
}
