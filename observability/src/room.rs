use std::sync::atomic::{AtomicUsize, Ordering};

/// Room for what waits, which is bounded by how many there are as well as by their size: some of what they tell comes from outside.
#[derive(Debug, Default)]
pub(crate) struct Room {
    things: AtomicUsize,
    bytes: AtomicUsize,
}

/// How many wait at most.
pub(crate) const THINGS: usize = 8_192;

/// How much text they have at most.
const BYTES: usize = 16 << 20;

impl Room {
    /// Whether there is room for one more; if so, it is taken.
    pub(crate) fn enter(&self, bytes: usize) -> bool {
        let things = self.things.fetch_add(1, Ordering::Relaxed);
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = things < THINGS && before + bytes <= BYTES;
        if !fits {
            self.leave(1, bytes);
        }
        fits
    }

    pub(crate) fn leave(&self, things: usize, bytes: usize) {
        self.things.fetch_sub(things, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(crate) fn things(&self) -> usize {
        self.things.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_many_things_nor_large_ones_take_more_than_there_is() {
        let room = Room::default();
        assert!((0..THINGS).all(|_| room.enter(1)) && !room.enter(1));
        room.leave(1, 1);
        assert!(room.enter(1) && room.things() == THINGS);

        let room = Room::default();
        assert!(room.enter(BYTES) && !room.enter(1));
        room.leave(1, BYTES);
        assert!(room.enter(BYTES));
    }
}
