use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::counts::count;
use super::far::{Far, Fill, Sight};
use super::flights::{Landed, Lead};
use super::kept::{Kept, RowId};
use super::lifetimes::jittered;
use super::near::{Entry, Epoch, Near, Span};
use super::{Rows, UNTOLD};
use crate::{Error, Postgres, Result};

/// How often those who wait for somebody else begin anew if that one is cut short.
const ATTEMPTS: usize = 3;

/// How long to leave it to another instance to load anew what is no longer fresh.
const PATIENCE: Duration = Duration::from_secs(1);

type Entries = HashMap<RowId, Arc<Entry>>;

impl Rows {
    /// The rows of these ids, as far as there are any. A connection is only taken for what is found nowhere else.
    pub async fn find<R: Kept>(&self, postgres: &Postgres, ids: &[R::Id]) -> Result<HashMap<R::Id, R>> {
        let Some(near) = &self.0.near else {
            let rows = R::find_many(&mut *postgres.conn().await?, ids).await?;
            return Ok(rows.into_iter().map(|row| (row.id(), row)).collect());
        };
        let mut entries = Entries::with_capacity(ids.len());
        let mut missing: Vec<RowId> = Vec::new();
        let oldest = self.oldest();
        for id in ids.iter().map(|&id| id.into()) {
            match self.get(near, id, oldest) {
                Some(entry) => drop(entries.insert(id, entry)),
                None => missing.push(id),
            }
        }
        for _ in 0..ATTEMPTS {
            if missing.is_empty() {
                break;
            }
            missing = self.load::<R>(near, postgres, missing, &mut entries).await?;
        }
        if !missing.is_empty() {
            return Err(Error::Unavailable("whoever loaded the same row was cut short".into()));
        }
        self.renew_stale::<R>(postgres, &entries);
        let row = |id: &R::Id| Some((*id, entries.get(&(*id).into())?.get()?));
        Ok(ids.iter().filter_map(row).collect())
    }

    /// Loads what nobody else loads, and waits for the rest. Returns what came of neither.
    async fn load<R: Kept>(
        &self,
        near: &Near,
        postgres: &Postgres,
        missing: Vec<RowId>,
        entries: &mut Entries,
    ) -> Result<Vec<RowId>> {
        let rows = missing.into_iter().map(|id| (id, near.epoch(id)));
        let oldest = self.oldest();
        let look = |id| self.get(near, id, oldest).is_some_and(|entry| entries.insert(id, entry).is_none());
        let (lead, waits) = self.0.flights.board(rows, look);
        if !lead.rows.is_empty() {
            entries.extend(self.lead::<R>(near, postgres, lead).await?);
        }
        let mut missing = Vec::new();
        for wait in waits {
            count(&self.0.counters.of(wait.row).waited);
            let id = wait.row;
            match wait.landed().await {
                Some(Ok(landed)) => entries.extend(landed.get(&id).map(|entry| (id, entry.clone()))),
                Some(Err(error)) => return Err(error.again()),
                None => missing.push(id),
            }
        }
        Ok(missing)
    }

    async fn lead<R: Kept>(&self, near: &Near, postgres: &Postgres, lead: Lead<'_>) -> Result<Entries> {
        match self.ask::<R>(near, postgres, &lead.rows).await {
            Ok((entries, fills)) => {
                lead.land(Landed::Ok(Arc::new(entries.clone())));
                if let (Some(others), false) = (&self.0.others, fills.is_empty()) {
                    let far = others.far.clone();
                    // Nobody waits for it, and the rows are not lost if it fails.
                    tokio::spawn(async move { far.fill(&fills).await.ok() });
                }
                Ok(entries)
            }
            Err(error) => {
                lead.land(Landed::Err(Arc::new(error.again())));
                Err(error)
            }
        }
    }

    /// Asks Redis, then PostgreSQL for the rest, and keeps what they say.
    async fn ask<R: Kept>(
        &self,
        near: &Near,
        postgres: &Postgres,
        rows: &[(RowId, Epoch)],
    ) -> Result<(Entries, Vec<Fill>)> {
        let ids: Vec<RowId> = rows.iter().map(|(id, _)| *id).collect();
        let mut entries = Entries::with_capacity(rows.len());
        let mut rest = Vec::new();
        for (&(id, epoch), sight) in rows.iter().zip(self.look::<R>(&ids).await) {
            match sight {
                Some(Sight { row: Some(found), .. }) => {
                    count(&self.0.counters.of(id).hits_in_redis);
                    let span = Span { fresh: found.fresh, stale: self.0.lifetimes.stale };
                    let entry = Entry::row(found.row, epoch, span);
                    entries.insert(id, self.put(near, id, entry));
                }
                sight => rest.push((id, epoch, sight)),
            }
        }
        let fills = self.ask_postgres(near, postgres, rest, &mut entries).await?;
        Ok((entries, fills))
    }

    async fn ask_postgres<R: Kept>(
        &self,
        near: &Near,
        postgres: &Postgres,
        rest: Vec<(RowId, Epoch, Option<Sight<R>>)>,
        entries: &mut Entries,
    ) -> Result<Vec<Fill>> {
        if rest.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<R::Id> = rest.iter().filter_map(|(id, ..)| R::of(*id)).collect();
        let rows = R::find_many(&mut *postgres.conn().await?, &ids).await?;
        let mut rows: HashMap<RowId, R> = rows.into_iter().map(|row| (row.id().into(), row)).collect();
        let mut fills = Vec::new();
        for (id, epoch, sight) in rest {
            count(&self.0.counters.of(id).loaded);
            let row = rows.remove(&id);
            let span = Span { fresh: jittered(self.0.lifetimes.fresh), stale: self.0.lifetimes.stale };
            fills.extend(sight.map(|sight| sight.replaced(id, row.as_ref(), span)));
            let entry = match row {
                Some(row) => Entry::row(row, epoch, span),
                None => Entry::absence(epoch, jittered(self.0.lifetimes.absent)),
            };
            entries.insert(id, self.put(near, id, entry));
        }
        Ok(fills)
    }

    /// What Redis has in place of each row; none where it can't be asked.
    async fn look<R: Kept>(&self, ids: &[RowId]) -> Vec<Option<Sight<R>>> {
        let Some(far) = self.far(ids) else { return ids.iter().map(|_| None).collect() };
        match far.look(ids, self.0.lifetimes.longest()).await {
            Ok(sights) => sights.into_iter().map(Some).collect(),
            // PostgreSQL knows.
            Err(_) => ids.iter().map(|_| None).collect(),
        }
    }

    /// Has loaded anew, in the background, what is no longer fresh and nobody loads yet.
    fn renew_stale<R: Kept>(&self, postgres: &Postgres, entries: &Entries) {
        let stale: Vec<_> = entries.iter().filter(|(_, entry)| entry.is_mine_to_renew()).collect();
        if stale.is_empty() {
            return;
        }
        let stale: Entries = stale.into_iter().map(|(id, entry)| (*id, entry.clone())).collect();
        let (rows, postgres) = (self.clone(), postgres.unmetered());
        tokio::spawn(async move {
            let renewed = rows.renew::<R>(&postgres, stale.keys().copied().collect()).await;
            if let Err(error) = &renewed {
                tracing::debug!(%error, "rows are not as new as they should be");
            }
            let renewed = renewed.unwrap_or_default();
            if renewed.len() < stale.len() {
                tokio::time::sleep(PATIENCE).await;
            }
            let left = stale.iter().filter(|(id, _)| !renewed.contains_key(id));
            left.for_each(|(_, entry)| entry.was_not_renewed());
        });
    }

    /// Loads rows anew, unless another instance has, or does. Returns those that are fresh now.
    async fn renew<R: Kept>(&self, postgres: &Postgres, ids: Vec<RowId>) -> Result<Entries> {
        let Some(near) = &self.0.near else { return Ok(Entries::new()) };
        let epochs: Vec<Epoch> = ids.iter().map(|id| near.epoch(*id)).collect();
        let (mut entries, mut rest) = (Entries::new(), Vec::new());
        for ((&id, epoch), sight) in ids.iter().zip(epochs).zip(self.look::<R>(&ids).await) {
            match sight {
                Some(Sight { row: Some(found), .. }) if !found.fresh.is_zero() => {
                    count(&self.0.counters.of(id).hits_in_redis);
                    let span = Span { fresh: found.fresh, stale: self.0.lifetimes.stale };
                    let entry = Entry::row(found.row, epoch, span);
                    entries.insert(id, self.put(near, id, entry));
                }
                sight => rest.push((id, epoch, sight)),
            }
        }
        let rest = self.claimed(rest).await;
        rest.iter().for_each(|(id, ..)| count(&self.0.counters.of(*id).renewed));
        let fills = self.ask_postgres(near, postgres, rest, &mut entries).await?;
        if let Some(far) = self.far(&ids) {
            far.fill(&fills).await.ok();
        }
        Ok(entries)
    }

    /// Those that this instance is to load anew: all of them, if others can't be asked.
    async fn claimed<T>(&self, rows: Vec<(RowId, Epoch, T)>) -> Vec<(RowId, Epoch, T)> {
        let ids: Vec<RowId> = rows.iter().map(|(id, ..)| *id).collect();
        let claimed = match self.far(&ids) {
            Some(far) => far.claim(&ids, &self.0.lifetimes).await.ok(),
            None => None,
        };
        match claimed {
            Some(claimed) => {
                rows.into_iter().zip(claimed).filter_map(|(row, claimed)| claimed.then_some(row)).collect()
            }
            None => rows,
        }
    }

    /// How old a row may be.
    fn oldest(&self) -> Duration {
        let is_told = self.0.others.as_ref().is_none_or(|others| others.reach_us());
        if is_told { Duration::MAX } else { UNTOLD }
    }

    fn get(&self, near: &Near, id: RowId, oldest: Duration) -> Option<Arc<Entry>> {
        let entry = near.get(id, oldest)?;
        let counter = self.0.counters.of(id);
        count(if entry.is_absence() { &counter.absences } else { &counter.hits_in_process });
        Some(entry)
    }

    fn put(&self, near: &Near, id: RowId, entry: Entry) -> Arc<Entry> {
        let entry = Arc::new(entry);
        near.put(id, entry.clone(), &self.0.counters);
        entry
    }

    fn far(&self, rows: &[RowId]) -> Option<&Far> {
        self.0.others.as_ref()?.far(rows)
    }
}
