//! Mails to people: posted in the [`MailRoom`], sent by a [`Sender`].

mod config;
mod log;
mod room;
#[cfg(test)]
mod said;
mod smtp;
mod tally;

use std::fmt;

use futures_util::future::BoxFuture;

pub use self::config::{Config, SmtpUrl};
pub use self::log::Log;
pub use self::room::MailRoom;
pub use self::smtp::Smtp;
pub use self::tally::Counts;

/// A mail in plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    /// May hold a secret, and so is not shown by `Debug`.
    pub body: String,
}

/// A way for mails to leave.
pub trait Sender: Send + Sync + 'static {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), Failure>>;
}

/// Why a mail was not sent, in words that tell neither the address nor the body: they are logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It is worth trying again.
    #[error("{0}")]
    Passing(String),
    #[error("{0}")]
    Lasting(String),
}

impl Mail {
    /// The part of the address that says nothing of the person.
    fn domain(&self) -> &str {
        self.to.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("to", &self.to).field("subject", &self.subject).finish_non_exhaustive()
    }
}
