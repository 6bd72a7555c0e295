//! What sockets, streams and subscriptions share: how many there may be, until when, and how rows reach those who wait for them.

mod config;
mod deadline;
mod delivered;
mod listening;
mod news;
mod patience;
mod seats;
mod turns;

pub use config::Config;
pub(crate) use deadline::Deadline;
pub(crate) use listening::{Listening, listen};
pub(crate) use news::{MOST_AT_ONCE, News, follow};
pub(crate) use patience::load_patiently;
pub(crate) use seats::{Live, Seat, Stopping};
pub(crate) use turns::Turns;
