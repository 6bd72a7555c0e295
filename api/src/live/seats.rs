use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::{Config, Turns};

/// The sockets and streams of this server.
pub(crate) struct Live {
    pub(crate) turns: Turns,
    seats: Arc<Seats>,
    stopping: watch::Sender<bool>,
}

/// The right to one socket or stream, until it is dropped.
pub(crate) struct Seat {
    seats: Arc<Seats>,
    /// None as long as nobody said who they are.
    sitter: Option<Sitter>,
}

/// Hears when the server is asked to stop.
pub(crate) struct Stopping(watch::Receiver<bool>);

struct Seats {
    max: u32,
    max_of_user: u32,
    taken: watch::Sender<u32>,
    /// Of those who have any.
    by_sitter: Mutex<HashMap<Sitter, u32>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Sitter {
    /// Whichever it is: strangers share what they may have.
    Stranger,
    User(db::UserId),
}

impl Live {
    pub(crate) fn new(config: &Config, turns: Turns) -> Self {
        let seats = Seats {
            max: config.max_sockets,
            max_of_user: config.max_sockets_per_user,
            taken: watch::Sender::new(0),
            by_sitter: Mutex::default(),
        };
        Self { turns, seats: Arc::new(seats), stopping: watch::Sender::new(false) }
    }

    /// None if all are taken.
    pub(crate) fn seat(&self) -> Option<Seat> {
        let is_free = self.seats.taken.send_if_modified(|taken| {
            let is_free = *taken < self.seats.max;
            *taken += u32::from(is_free);
            is_free
        });
        is_free.then(|| Seat { seats: self.seats.clone(), sitter: None })
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
    /// Says who sits there, none being a stranger; or why they may not, who have as many as they may.
    pub(crate) fn belongs_to(&mut self, user: Option<db::UserId>) -> Result<(), &'static str> {
        let (sitter, max, refusal) = match user {
            Some(user) => {
                (Sitter::User(user), self.seats.max_of_user, "you have as many sockets and streams as you may")
            }
            None => {
                let refusal = "strangers have as many sockets and streams as they may: log in";
                (Sitter::Stranger, self.seats.max_of_strangers(), refusal)
            }
        };
        let mut by_sitter = self.seats.by_sitter();
        let taken = by_sitter.entry(sitter).or_insert(0);
        if *taken >= max {
            return Err(refusal);
        }
        *taken += 1;
        drop(by_sitter);
        self.sitter = Some(sitter);
        Ok(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(sitter) = self.sitter {
            let mut by_sitter = self.seats.by_sitter();
            match by_sitter.get_mut(&sitter) {
                Some(taken) if *taken > 1 => *taken -= 1,
                _ => drop(by_sitter.remove(&sitter)),
            }
        }
        self.seats.taken.send_modify(|taken| *taken -= 1);
    }
}

impl Seats {
    /// Half of them, so that who has no account can't keep out who has one; of a single seat, that one.
    fn max_of_strangers(&self) -> u32 {
        self.max.div_ceil(2)
    }

    fn by_sitter(&self) -> MutexGuard<'_, HashMap<Sitter, u32>> {
        self.by_sitter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(max_sockets: u32, max_sockets_per_user: u32) -> Live {
        let config = Config {
            allowed_origins: Vec::new(),
            max_sockets,
            max_sockets_per_user,
            max_subscriptions: 1,
            keep_alive_ms: 1_000,
            socket_timeout_ms: 1_000,
        };
        Live::new(&config, Turns::over(2))
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
        let [mut first, mut second, mut third] = [(); 3].map(|()| live.seat().expect("a seat"));
        assert!(first.belongs_to(Some(ada)).is_ok());
        assert!(second.belongs_to(Some(ada)).is_err());
        assert!(third.belongs_to(Some(bo)).is_ok());
        drop(first);
        assert!(second.belongs_to(Some(ada)).is_ok());
    }

    #[test]
    fn strangers_share_half_of_the_seats() {
        for (max_sockets, half) in [(1, 1), (2, 1), (5, 3), (10, 5)] {
            let live = live(max_sockets, 1);
            let mut seats: Vec<Seat> = (0..max_sockets).filter_map(|_| live.seat()).collect();
            let outcomes: Vec<_> = seats.iter_mut().map(|seat| seat.belongs_to(None).is_ok()).collect();
            assert_eq!(outcomes.iter().filter(|is_let_in| **is_let_in).count(), half, "of {max_sockets}");
            drop(seats);
            assert!(live.seat().is_some_and(|mut seat| seat.belongs_to(None).is_ok()), "they are free again");
        }
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
