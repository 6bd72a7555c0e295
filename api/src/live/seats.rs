use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::Config;

/// The sockets and streams of this server.
pub(crate) struct Live {
    seats: Arc<Seats>,
    stopping: watch::Sender<bool>,
}

/// The right to one socket or stream, until it is dropped.
pub(crate) struct Seat {
    seats: Arc<Seats>,
    user: Option<db::UserId>,
}

/// Hears when the server is asked to stop.
pub(crate) struct Stopping(watch::Receiver<bool>);

struct Seats {
    max: u32,
    max_of_user: u32,
    taken: watch::Sender<u32>,
    /// Of those who have any.
    of_user: Mutex<HashMap<db::UserId, u32>>,
}

impl Live {
    pub(crate) fn new(config: &Config) -> Self {
        let seats = Seats {
            max: config.max_sockets,
            max_of_user: config.max_sockets_per_user,
            taken: watch::Sender::new(0),
            of_user: Mutex::default(),
        };
        Self { seats: Arc::new(seats), stopping: watch::Sender::new(false) }
    }

    /// None if all are taken.
    pub(crate) fn seat(&self) -> Option<Seat> {
        let is_free = self.seats.taken.send_if_modified(|taken| {
            let is_free = *taken < self.seats.max;
            *taken += u32::from(is_free);
            is_free
        });
        is_free.then(|| Seat { seats: self.seats.clone(), user: None })
    }

    pub(crate) fn stopping(&self) -> Stopping {
        Stopping(self.stopping.subscribe())
    }

    /// Asks all sockets and streams to end.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Resolves once there are no sockets and streams.
    pub(crate) async fn over(&self) {
        // The sender is ours, so it is there.
        let _ = self.seats.taken.subscribe().wait_for(|taken| *taken == 0).await;
    }
}

impl Stopping {
    /// Resolves once the server is asked to stop.
    pub(crate) async fn asked(&mut self) {
        // The sender is gone only if the server is.
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }
}

impl Seat {
    /// Says who sits there; false if they have as many as they may.
    pub(crate) fn belongs_to(&mut self, user: db::UserId) -> bool {
        let mut of_user = self.seats.of_user();
        let taken = of_user.entry(user).or_insert(0);
        if *taken >= self.seats.max_of_user {
            return false;
        }
        *taken += 1;
        drop(of_user);
        self.user = Some(user);
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(user) = self.user {
            let mut of_user = self.seats.of_user();
            match of_user.get_mut(&user) {
                Some(taken) if *taken > 1 => *taken -= 1,
                _ => drop(of_user.remove(&user)),
            }
        }
        self.seats.taken.send_modify(|taken| *taken -= 1);
    }
}

impl Seats {
    fn of_user(&self) -> MutexGuard<'_, HashMap<db::UserId, u32>> {
        self.of_user.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(max_sockets: u32, max_sockets_per_user: u32) -> Live {
        Live::new(&Config {
            allowed_origins: Vec::new(),
            max_sockets,
            max_sockets_per_user,
            max_subscriptions: 1,
            keep_alive_ms: 1_000,
            socket_timeout_ms: 1_000,
        })
    }

    #[test]
    fn a_seat_is_free_again_once_it_is_left() {
        let live = live(2, 2);
        let seats = [live.seat(), live.seat()];
        assert!(seats.iter().all(Option::is_some));
        assert!(live.seat().is_none());
        drop(seats);
        assert!(live.seat().is_some());
    }

    #[test]
    fn nobody_takes_more_than_their_share() {
        let live = live(10, 1);
        let (ada, bo) = (db::UserId::new(), db::UserId::new());
        let (mut one, mut two, mut three) = (live.seat(), live.seat(), live.seat());
        let [one, two, three] = [&mut one, &mut two, &mut three].map(|seat| seat.take().expect("a seat"));
        let mut seats = [one, two, three];
        assert!(seats[0].belongs_to(ada));
        assert!(!seats[1].belongs_to(ada));
        assert!(seats[2].belongs_to(bo));
        let [first, mut second, _third] = seats;
        drop(first);
        assert!(second.belongs_to(ada));
    }

    #[tokio::test]
    async fn it_is_over_once_all_have_left() {
        let live = live(2, 2);
        let seat = live.seat();
        live.stop();
        let mut stopping = live.stopping();
        tokio::join!(stopping.asked(), live.over(), async { drop(seat) });
    }
}
