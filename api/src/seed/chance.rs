//! Dice, fair and loaded.

use std::collections::HashSet;
use std::ops::Range;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// The same numbers on every machine.
pub(super) type Random = ChaCha8Rng;

/// The numbers of one purpose and, where it matters that others don't change when there are more, of one thing.
pub(super) fn random(seed: u64, purpose: &str, index: u64) -> Random {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&index.to_le_bytes());
    for (byte, letter) in key[16..].iter_mut().zip(purpose.bytes()) {
        *byte = letter;
    }
    Random::from_seed(key)
}

/// A number for a text (FNV-1a), the same in every release.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Nearly normal, of mean 0 and deviation 1: as the sum of twelve fair dice, which needs no logarithm.
pub(super) fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0
}

/// A power law from 1 to `most`: the greater the exponent, the fewer are great.
pub(super) fn pareto(random: &mut Random, exponent: f64, most: f64) -> f64 {
    (1.0 - random.random::<f64>()).powf(-1.0 / exponent).min(most)
}

pub(super) fn one_of<'a, T: ?Sized>(random: &mut Random, all: &[&'a T]) -> &'a T {
    all[random.random_range(0..all.len())]
}

/// Things that are drawn the more often, the greater their weights.
pub(super) struct Weights {
    /// At `i`, the sum of all weights before `i`.
    sums: Vec<f64>,
}

impl Weights {
    pub(super) fn new(weights: impl Iterator<Item = f64>) -> Self {
        let mut weights_before = Self { sums: vec![0.0] };
        weights.for_each(|weight| weights_before.push(weight));
        weights_before
    }

    pub(super) fn push(&mut self, weight: f64) {
        self.sums.push(self.total() + weight);
    }

    pub(super) fn draw(&self, random: &mut Random, among: Range<usize>) -> usize {
        let (low, high) = (self.sums[among.start], self.sums[among.end]);
        let aim = low + (high - low) * random.random::<f64>();
        (self.sums.partition_point(|&sum| sum <= aim) - 1).clamp(among.start, among.end - 1)
    }

    /// Where a share of the total weight is reached: in which thing, and how far through it.
    pub(super) fn locate(&self, share: f64) -> (usize, f64) {
        let aim = share.clamp(0.0, 1.0) * self.total();
        let thing = (self.sums.partition_point(|&sum| sum <= aim) - 1).min(self.sums.len() - 2);
        (thing, ((aim - self.sums[thing]) / (self.sums[thing + 1] - self.sums[thing])).min(1.0))
    }

    /// The inverse of [`Self::locate`].
    pub(super) fn share_before(&self, position: f64) -> f64 {
        let position = position.clamp(0.0, (self.sums.len() - 1) as f64);
        let thing = (position as usize).min(self.sums.len() - 2);
        let within = (self.sums[thing + 1] - self.sums[thing]) * (position - thing as f64);
        (self.sums[thing] + within) / self.total()
    }

    fn total(&self) -> f64 {
        self.sums.last().copied().unwrap_or_default()
    }
}

/// Pairs, no two of which are the same. Whom it may pair grows, and never shrinks.
#[derive(Default)]
pub(super) struct Pairs {
    taken: HashSet<u64>,
}

/// Draws before the dice are put away and the next free pair is taken.
const DRAWS: usize = 24;

impl Pairs {
    /// A new pair, as `draw` likes it best; none if all that `fits` are taken, of which there are `capacity`.
    pub(super) fn draw(
        &mut self,
        random: &mut Random,
        (left, right): (usize, usize),
        capacity: usize,
        fits: impl Fn(usize, usize) -> bool,
        mut draw: impl FnMut(&mut Random) -> (usize, usize),
    ) -> Option<(usize, usize)> {
        if self.taken.len() >= capacity {
            return None;
        }
        for _ in 0..DRAWS {
            let pair = draw(random);
            if fits(pair.0, pair.1) && self.taken.insert(key(pair)) {
                return Some(pair);
            }
        }
        let start = random.random_range(0..(left * right) as u64) as usize;
        (0..left * right)
            .map(|step| (start + step) % (left * right))
            .map(|place| (place % left, place / left))
            .find(|&pair| fits(pair.0, pair.1) && self.taken.insert(key(pair)))
    }
}

fn key((left, right): (usize, usize)) -> u64 {
    (left as u64) << 32 | right as u64
}
