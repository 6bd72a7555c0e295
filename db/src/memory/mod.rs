//! What instances tell each other and remember together. It may vanish at any moment, and nothing is lost: PostgreSQL has the truth.

mod broadcast;

pub use broadcast::{Broadcast, Listener, Topic, Wake};

/// Cheap to clone: all clones share one memory.
#[derive(Clone, Debug)]
pub struct Memory {
    pub broadcast: Broadcast,
}

impl Memory {
    /// For an instance that is alone.
    pub fn in_process() -> Self {
        Self { broadcast: Broadcast::in_process() }
    }
}
