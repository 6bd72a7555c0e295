//! Figures and how they are written.

use std::time::Duration;

/// Below which that part of the values is; zero if there are none.
pub(crate) fn percentile(values: &[Duration], percent: usize) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(rank).copied().unwrap_or_default()
}

pub(crate) fn median(values: &[Duration]) -> Duration {
    percentile(values, 50)
}

pub(crate) fn longest(values: &[Duration]) -> Duration {
    values.iter().copied().max().unwrap_or_default()
}

pub(crate) fn millis(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1e3;
    let decimals = if millis < 10.0 { 2 } else { usize::from(millis < 100.0) };
    format!("{millis:.decimals$} ms")
}

pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// So many in that time.
pub(crate) fn rate(count: usize, time: Duration) -> String {
    format!("{}/s", thousands((count as f64 / time.as_secs_f64()) as usize))
}

pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// Each one's part of what there is more than before.
pub(crate) fn kibibytes_each(now: u64, before: u64, count: usize) -> String {
    format!("{:.2} KiB", (now as f64 - before as f64) / 1024.0 / count.max(1) as f64)
}

/// With a comma for every three digits.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
