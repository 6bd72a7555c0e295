//! Who loads what at the moment, so that nobody else does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::kept::RowId;
use super::near::{Entry, Epoch};
use crate::{Error, Result};

/// What somebody loads is known by its epoch, too: whoever comes after a row was forgotten does not wait for what may be from before.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<(RowId, Epoch), Flight>>);

type Flight = watch::Receiver<Option<Landed>>;
pub(super) type Landed = Result<Arc<HashMap<RowId, Arc<Entry>>>, Arc<Error>>;

/// Who has it loads the rows, and tells those who wait; if it is dropped before, they load for themselves.
pub(super) struct Lead<'a> {
    flights: &'a Flights,
    pub(super) rows: Vec<(RowId, Epoch)>,
    landed: watch::Sender<Option<Landed>>,
}

/// What somebody else is loading.
pub(super) struct Wait {
    pub(super) row: RowId,
    flight: Flight,
}

impl Flights {
    /// Takes over what nobody loads, and waits for the rest.
    ///
    /// `look` looks once more for a row, which may have landed a moment ago.
    pub(super) fn board(
        &self,
        rows: impl Iterator<Item = (RowId, Epoch)>,
        mut look: impl FnMut(RowId) -> bool,
    ) -> (Lead<'_>, Vec<Wait>) {
        let (landed, flight) = watch::channel(None);
        let mut lead = Lead { flights: self, rows: Vec::new(), landed };
        let mut waits = Vec::new();
        let mut flights = self.lock();
        for (row, epoch) in rows {
            if let Some(flight) = flights.get(&(row, epoch)) {
                waits.push(Wait { row, flight: flight.clone() });
            } else if !look(row) {
                flights.insert((row, epoch), flight.clone());
                lead.rows.push((row, epoch));
            }
        }
        drop(flights);
        (lead, waits)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(RowId, Epoch), Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lead<'_> {
    pub(super) fn land(self, landed: Landed) {
        self.landed.send_replace(Some(landed));
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        if !self.rows.is_empty() {
            let mut flights = self.flights.lock();
            for row in &self.rows {
                flights.remove(row);
            }
        }
    }
}

impl Wait {
    /// What the other loaded; none if they were cut short.
    pub(super) async fn landed(mut self) -> Option<Landed> {
        let landed = self.flight.wait_for(Option::is_some).await.ok()?;
        landed.clone()
    }
}
