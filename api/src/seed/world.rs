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
    let cities: Vec<&str> = shops.iter().filter_map(|shop| shop.city.as_deref()).filter(|city| city.chars().count() <= 100).collect();
    let people = batched(emit, Batch::People, |push| people::generate(plan, &clock, &words, &cities, push))?;
    let following = batched(emit, Batch::Follows, |push| follows::generate(plan, &clock, &people, push))?;
    let reviews = batched(emit, Batch::Reviews, |push| reviews::generate(plan, &clock, &people, &places, &words, push))?;
    let comments = batched(emit, Batch::Comments, |push| comments::generate(plan, &clock, &people, &reviews, &words, push))?;
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
