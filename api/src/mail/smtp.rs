use std::error::Error;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::time::timeout;
use uuid::Uuid;

use super::{Failure, Mail, Sender, SmtpUrl};

/// Sends mails by an SMTP server, over a connection of its own for each.
///
/// Lettre's pool would take a connection back in the middle of a conversation when time is out, and send the next mail on it.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    patience: Duration,
}

/// For a whole mail: lettre itself bounds nothing but the connecting.
const PATIENCE: Duration = Duration::from_secs(10);

impl Smtp {
    /// Fails if the address is none, and says what was expected instead.
    pub fn new(url: &SmtpUrl, from: Mailbox) -> Result<Self, &'static str> {
        // Lettre's own message may quote the address.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose()).map_err(
            |_| "expected smtps://user:password@host:465, smtp://host:587?tls=required or smtp://localhost:25",
        )?;
        Ok(Self { transport: transport.build(), from, patience: PATIENCE })
    }

    fn message(&self, mail: &Mail) -> Result<Message, Failure> {
        let to: Address = mail.to.parse().map_err(|_| Failure::Lasting("its address is none".into()))?;
        let id = format!("<{}@{}>", Uuid::now_v7(), self.from.email.domain());
        let message = Message::builder().from(self.from.clone()).to(to.into()).subject(mail.subject.as_str());
        let message = message.date_now().message_id(Some(id)).header(ContentType::TEXT_PLAIN).body(mail.body.clone());
        message.map_err(|error| Failure::Lasting(error.to_string()))
    }
}

impl Sender for Smtp {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), Failure>> {
        let sent = async {
            let message = self.message(mail)?;
            match timeout(self.patience, self.transport.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(failure(&error)),
                Err(_) => Err(Failure::Passing(format!("the server took longer than {:?}", self.patience))),
            }
        };
        sent.boxed()
    }
}

fn failure(error: &smtp::Error) -> Failure {
    match error.status() {
        // Only the code: the text of an answer may quote the address.
        Some(code) if error.is_transient() => Failure::Passing(format!("the server answered {code}")),
        Some(code) => Failure::Lasting(format!("the server answered {code}")),
        None if error.is_response() => Failure::Passing("the server's answer is not understood".into()),
        None if error.is_client() => Failure::Lasting(cause(error)),
        None => Failure::Passing(cause(error)),
    }
}

fn cause(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => cause(source),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
