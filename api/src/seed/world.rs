//! Everything that is generated, in the order in which it must be stored.

use std::sync::Arc;

use db::LikeSubject;
use db::bulk::{NewComment, NewFollow, NewLike, NewReview, NewUser, SeedShop, ShopPrice};

use super::clock::Clock;
use super::options::Plan;
use super::shops::{self, Shop};
use super::words::Words;
use super::{comments, follows, likes, people, reviews};

#[derive(Debug)]
pub(super) enum Batch {
    Prices(Vec<ShopPrice>),
    People(Vec<NewUser>),
    Follows(Vec<NewFollow>),
    Reviews(Vec<NewReview>),
    Comments(Vec<NewComment>),
    Likes(Vec<NewLike>),
}

/// Rows of one statement.
const ROWS: usize = 4_000;

/// Rows on their way into batches.
struct Rows<'emit, T> {
    rows: Vec<T>,
    batch: fn(Vec<T>) -> Batch,
    emit: &'emit mut dyn FnMut(Batch) -> anyhow::Result<()>,
}

impl<T> Rows<'_, T> {
    fn push(&mut self, row: T) -> anyhow::Result<()> {
        self.rows.push(row);
        if self.rows.len() < ROWS { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        if self.rows.is_empty() { Ok(()) } else { (self.emit)((self.batch)(std::mem::take(&mut self.rows))) }
    }
}

/// Generates all there is to be, and tells the handle of one who follows many.
pub(super) fn generate(
    plan: &Plan,
    shops: &Arc<[SeedShop]>,
    emit: &mut dyn FnMut(Batch) -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    let mut words = Words::new()?;
    let clock = Clock::new(plan.until);

    let unpriced = shops.iter().filter(|shop| !shop.has_price).filter_map(shops::price);
    batched(emit, Batch::Prices, |push| unpriced.into_iter().try_for_each(push))?;

    let places: Vec<Shop> = shops.iter().map(|shop| Shop::new(shop, &mut words)).collect();
    let cities: Vec<&str> =
        shops.iter().filter_map(|shop| shop.city.as_deref()).filter(|city| city.chars().count() <= 100).collect();
    let people = batched(emit, Batch::People, |push| people::generate(plan, &clock, &words, &cities, push))?;
    let following = batched(emit, Batch::Follows, |push| follows::generate(plan, &clock, &people, push))?;
    let reviews =
        batched(emit, Batch::Reviews, |push| reviews::generate(plan, &clock, &people, &places, &words, push))?;
    let comments =
        batched(emit, Batch::Comments, |push| comments::generate(plan, &clock, &people, &reviews, &words, push))?;
    batched(emit, Batch::Likes, |push| {
        let times = likes::times(&clock, plan.likes, &reviews, plan.until);
        let subject = |review: &reviews::Review| (LikeSubject::Review(review.id), review.author);
        likes::generate((plan.seed, "likes"), times, &people, &reviews, subject, push)
    })?;
    batched(emit, Batch::Likes, |push| {
        let times = likes::times(&clock, plan.comment_likes, &comments, plan.until);
        let subject = |comment: &comments::Comment| (LikeSubject::Comment(comment.id), comment.author);
        likes::generate((plan.seed, "comment likes"), times, &people, &comments, subject, push)
    })?;

    let most = following.iter().enumerate().max_by_key(|&(index, count)| (count, std::cmp::Reverse(index)));
    Ok(people::handle_of(plan.seed, most.map_or(0, |(index, _)| index), &words))
}

fn batched<T, R>(
    emit: &mut dyn FnMut(Batch) -> anyhow::Result<()>,
    batch: fn(Vec<T>) -> Batch,
    generate: impl FnOnce(&mut dyn FnMut(T) -> anyhow::Result<()>) -> anyhow::Result<R>,
) -> anyhow::Result<R> {
    let mut rows = Rows { rows: Vec::new(), batch, emit };
    let result = generate(&mut |row| rows.push(row))?;
    rows.flush()?;
    Ok(result)
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::super::Options;
    use super::*;

    fn shops(count: u8) -> Arc<[SeedShop]> {
        let shop = |number: u8| SeedShop {
            id: db::ShopId::from_bytes([number; 16]),
            osm_id: Some(format!("node/{number}")),
            category: "cafe".into(),
            top_category: "eat".into(),
            country_code: Some("FI".into()),
            city: Some("Helsinki".into()),
            has_price: number.is_multiple_of(2),
        };
        (1..=count).map(shop).collect()
    }

    fn batches(options: &Options, shops: u8) -> anyhow::Result<Vec<Batch>> {
        let mut all = Vec::new();
        let plan = options.plan(shops.into())?;
        generate(&plan, &self::shops(shops), &mut |batch| {
            all.push(batch);
            Ok(())
        })?;
        Ok(all)
    }

    fn options() -> Options {
        let until = chrono::DateTime::from_timestamp(1_790_000_000, 0);
        Options { people: 40, reviews: Some(400), follows: Some(600), comments: Some(300), until, ..Options::sample() }
    }

    #[test]
    fn the_same_seed_makes_the_same_and_another_makes_others() -> anyhow::Result<()> {
        let text = |options: &Options| batches(options, 50).map(|batches| format!("{batches:?}"));
        assert!(text(&options())? == text(&options())?);
        assert!(text(&options())? != text(&Options { seed: 2, ..options() })?);
        Ok(())
    }

    #[test]
    fn people_join_before_they_act_and_answers_follow_what_they_answer() -> anyhow::Result<()> {
        let (mut since, until) = (HashMap::<String, _>::new(), options().until.unwrap_or_default());
        let mut check = |id: String, time: Option<chrono::DateTime<chrono::Utc>>, after: &[String]| {
            assert!(time.is_some_and(|time| time < until), "{id}");
            assert!(after.iter().all(|cause| since[cause] < time), "{id}");
            assert_eq!(since.insert(id, time), None);
        };
        for batch in batches(&options(), 50)? {
            match batch {
                Batch::Prices(rows) => assert_eq!(rows.len(), 25),
                Batch::People(rows) => rows.iter().for_each(|row| check(row.id.to_string(), Some(row.created_at), &[])),
                Batch::Follows(rows) => rows.iter().for_each(|row| {
                    let after = [row.follower_id.to_string(), row.followee_id.to_string()];
                    check(row.id.to_string(), row.id.time(), &after);
                }),
                Batch::Reviews(rows) => rows.iter().for_each(|row| {
                    assert!(row.merchant_reply_at.is_none_or(|at| at > row.created_at && at < until));
                    check(row.id.to_string(), Some(row.created_at), &[row.author_id.to_string()]);
                }),
                Batch::Comments(rows) => rows.iter().for_each(|row| {
                    let mut after = vec![row.author_id.to_string(), row.review_id.to_string()];
                    after.extend(row.parent_id.map(|id| id.to_string()));
                    check(row.id.to_string(), Some(row.created_at), &after);
                }),
                Batch::Likes(rows) => rows.iter().for_each(|row| {
                    let subject = match row.subject {
                        LikeSubject::Review(id) => id.to_string(),
                        LikeSubject::Comment(id) => id.to_string(),
                    };
                    check(row.id.to_string(), row.id.time(), &[row.user_id.to_string(), subject]);
                }),
            }
        }
        let last_day = until - chrono::Duration::days(1);
        assert!(since.values().any(|&time| time > Some(last_day)), "the last day is not empty");
        Ok(())
    }

    #[test]
    fn all_that_is_possible_can_be_wished_for() -> anyhow::Result<()> {
        let all = Options {
            people: 6,
            reviews: Some(30),
            follows: Some(30),
            comments: Some(0),
            likes: Some(180),
            ..options()
        };
        let reviews: HashSet<_> = batches(&all, 5)?
            .into_iter()
            .filter_map(|batch| if let Batch::Reviews(rows) = batch { Some(rows) } else { None })
            .flatten()
            .map(|review| (review.author_id, review.shop_id))
            .collect();
        assert_eq!(reviews.len(), 30);
        Ok(())
    }
}
