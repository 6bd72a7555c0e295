use std::time::Duration;

use tokio::sync::OnceCell;

use super::Rows;
use crate::UserId;

/// Whoever asks, and whether rows that are kept are good enough for them.
#[derive(Debug)]
pub struct Reader {
    rows: Rows,
    viewer: Option<UserId>,
    /// Found out before the first row.
    is_content: OnceCell<bool>,
}

impl Reader {
    /// The rows, unless the viewer must ask PostgreSQL.
    pub async fn rows(&self) -> Option<&Rows> {
        let is_content = self.is_content.get_or_init(|| self.rows.are_good_for(self.viewer)).await;
        is_content.then_some(&self.rows)
    }
}

impl Rows {
    pub fn reader(&self, viewer: Option<UserId>) -> Reader {
        Reader { rows: self.clone(), viewer, is_content: OnceCell::new() }
    }

    /// Nobody finds what was before their own write: where that is not known for sure, they read PostgreSQL.
    async fn are_good_for(&self, viewer: Option<UserId>) -> bool {
        if self.0.near.is_none() {
            return false;
        }
        // An instance that is alone has forgotten what was written before the writer was answered.
        let (Some(others), Some(viewer)) = (&self.0.others, viewer) else { return true };
        let up = others.far.0.up_for().unwrap_or(Duration::ZERO);
        // Before that, another instance may not have found Redis again, and could not say who wrote there.
        up >= self.0.lifetimes.own_write && others.far.wrote(viewer).await.is_ok_and(|wrote| !wrote)
    }
}
