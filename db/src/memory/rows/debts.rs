//! What Redis could not be told to forget, and is told when it is back.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::far::Far;
use super::kept::RowId;
use super::{AT_A_TIME, announce};
use crate::memory::channels::Channels;
use crate::redis::Backoff;

#[derive(Debug)]
pub(super) struct Debts {
    owed: Arc<Owed>,
    paying: JoinHandle<()>,
}

/// What is being forgotten. If that fails, or nobody waits for it any more, it is owed.
pub(super) struct Debt<'a> {
    owed: &'a Owed,
    rows: &'a [RowId],
    is_paid: bool,
}

#[derive(Debug)]
struct Owed {
    far: Far,
    channels: Channels,
    /// How long there may be something in Redis that was to be forgotten.
    longest: Duration,
    ledger: Mutex<Ledger>,
    more: Notify,
}

#[derive(Debug, Default)]
struct Ledger {
    rows: HashSet<RowId>,
    /// It was too much to be remembered: until then, Redis may say what is no longer true.
    bankrupt_until: Option<Instant>,
}

/// Most rows that are remembered.
const MOST: usize = 100_000;

impl Debts {
    pub(super) fn new(far: Far, channels: Channels, longest: Duration) -> Self {
        let (ledger, more) = (Mutex::default(), Notify::new());
        let owed = Arc::new(Owed { far, channels, longest, ledger, more });
        let paying = tokio::spawn(pay(owed.clone()));
        Self { owed, paying }
    }

    /// Owes rows, until it is told otherwise.
    pub(super) fn owe<'a>(&'a self, rows: &'a [RowId]) -> Debt<'a> {
        self.owed.add(rows);
        Debt { owed: &self.owed, rows, is_paid: false }
    }

    /// Whether none of the rows was to be forgotten in Redis, and still is there perhaps.
    pub(super) fn are_paid(&self, rows: &[RowId]) -> bool {
        let mut ledger = self.owed.lock();
        ledger.bankrupt_until = ledger.bankrupt_until.filter(|end| *end > Instant::now());
        ledger.bankrupt_until.is_none() && !rows.iter().any(|row| ledger.rows.contains(row))
    }
}

impl Drop for Debts {
    fn drop(&mut self) {
        self.paying.abort();
    }
}

impl Debt<'_> {
    pub(super) fn paid(mut self) {
        self.owed.settle(self.rows);
        self.is_paid = true;
    }
}

impl Drop for Debt<'_> {
    fn drop(&mut self) {
        if !self.is_paid {
            // Another, who forgot the same at the same time, may have struck it out.
            self.owed.add(self.rows);
            self.owed.more.notify_one();
        }
    }
}

impl Owed {
    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, rows: &[RowId]) {
        let mut ledger = self.lock();
        ledger.rows.extend(rows);
        if ledger.rows.len() > MOST {
            ledger.rows.clear();
            ledger.bankrupt_until = Some(Instant::now() + self.longest);
            self.channels.say_missed();
        }
    }

    fn settle(&self, rows: &[RowId]) {
        let mut ledger = self.lock();
        for row in rows {
            ledger.rows.remove(row);
        }
    }

    fn some(&self) -> Vec<RowId> {
        self.lock().rows.iter().copied().take(AT_A_TIME).collect()
    }
}

async fn pay(owed: Arc<Owed>) {
    loop {
        owed.more.notified().await;
        let mut backoff = Backoff::new();
        loop {
            let rows = owed.some();
            if rows.is_empty() {
                break;
            }
            owed.far.0.until_up().await;
            match owed.far.forget(&rows, None).await {
                Ok(()) => {
                    announce(&owed.channels, &rows);
                    owed.settle(&rows);
                }
                Err(error) => {
                    tracing::debug!(%error, "Redis can't be told what to forget");
                    backoff.wait().await;
                }
            }
        }
    }
}
