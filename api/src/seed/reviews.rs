use chrono::{DateTime, Duration, Utc};
use db::ReviewId;
use db::bulk::NewReview;
use rand::RngExt;

use super::audience::Audience;
use super::chance::{self, Pairs, Random, Weights};
use super::clock::{Clock, Times};
use super::options::Plan;
use super::people::{People, Person};
use super::shops::Shop;
use super::words::Words;

/// What must be known of a review to comment on it.
pub(super) struct Review {
    pub(super) id: ReviewId,
    /// The author, by their number.
    pub(super) author: usize,
    pub(super) rating: i16,
}

/// Writes them in the order of their times; no author writes twice of a shop.
pub(super) fn generate(
    plan: &Plan,
    clock: &Clock,
    people: &People,
    shops: &[Shop],
    words: &Words,
    mut emit: impl FnMut(NewReview) -> anyhow::Result<()>,
) -> anyhow::Result<Audience<Review>> {
    let mut random = chance::random(plan.seed.into(), "reviews", 0);
    let (active, popular) = (people.by_activity(), Weights::new(shops.iter().map(|shop| shop.popularity)));
    let mut times = Times::new(clock, plan.reviews, people.first_joined(), plan.until - Duration::hours(1));
    let mut pairs = Pairs::default();
    let mut reviews = Audience::new(plan.people);
    while let Some(time) = times.next(&mut random) {
        let joined = people.before(time);
        let pair = pairs.draw(
            &mut random,
            (joined, shops.len()),
            joined * shops.len(),
            |_, _| true,
            |random| (active.draw(random, 0..joined), popular.draw(random, 0..shops.len())),
        );
        let Some((author, shop)) = pair else {
            times.retry();
            continue;
        };
        let review = write(time, &people.all[author], &shops[shop], plan.until, words, &mut random);
        reviews.push(Review { id: review.id, author, rating: review.rating }, time, &mut random);
        emit(review)?;
    }
    Ok(reviews)
}

fn write(
    time: DateTime<Utc>,
    author: &Person,
    shop: &Shop,
    until: DateTime<Utc>,
    words: &Words,
    random: &mut Random,
) -> NewReview {
    let rating = rating(author, shop, random);
    let language = author.language;
    let title = random.random_bool(0.4).then(|| words.title(language, shop.kind, rating, random));
    let body = words.review(language, shop.kind, rating, random);
    let answered = if rating <= 2 { 0.07 } else { 0.025 };
    let reply_at = time + Duration::minutes((40.0 * chance::pareto(random, 0.7, 400.0)) as i64);
    let reply = (random.random_bool(answered) && shop.answers && reply_at < until)
        .then(|| words.merchant_reply(language, rating, random));
    NewReview {
        id: ReviewId::at(time, random.random()),
        shop_id: shop.id,
        author_id: author.id,
        rating,
        title,
        body,
        merchant_reply_at: reply.is_some().then_some(reply_at),
        merchant_reply: reply,
        created_at: time,
    }
}

/// Many fives, fewer fours, and a few ones from people who had a really bad day.
fn rating(author: &Person, shop: &Shop, random: &mut Random) -> i16 {
    let stars = shop.quality - author.strictness + 0.95 * chance::normal(random);
    let mishap = (5.3 - shop.quality) * 0.12;
    let stars = if random.random_bool(mishap.clamp(0.02, 0.3)) { stars - random.random_range(2.0..4.0) } else { stars };
    stars.round().clamp(1.0, 5.0) as i16
}
