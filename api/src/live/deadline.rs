use std::future;
use std::pin::Pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{Sleep, sleep};

/// When something must end, if ever.
pub(crate) struct Deadline(Option<Pin<Box<Sleep>>>);

impl Deadline {
    pub(crate) fn within(patience: Duration) -> Self {
        Self(Some(Box::pin(sleep(patience))))
    }

    pub(crate) fn at(time: Option<DateTime<Utc>>) -> Self {
        match time {
            Some(time) => Self::within((time - Utc::now()).to_std().unwrap_or_default()),
            None => Self(None),
        }
    }

    pub(crate) async fn passed(&mut self) {
        match &mut self.0 {
            Some(sleep) => sleep.await,
            None => future::pending().await,
        }
    }
}
