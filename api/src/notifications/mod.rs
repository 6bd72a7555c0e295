//! What people are told.

mod mutation;

pub use mutation::{NotificationMutation, NotificationsReadPayload};
