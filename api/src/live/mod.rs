//! What sockets, streams and subscriptions share: how many there may be, until when, and how rows reach those who wait for them.

mod config;
mod deadline;
mod delivered;
mod news;
mod seats;

pub use config::Config;
pub(crate) use deadline::Deadline;
pub(crate) use news::{MOST_AT_ONCE, News, follow};
pub(crate) use seats::{Live, Seat, Stopping};
