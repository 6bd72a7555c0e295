use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use super::{Failure, Mail, Sender};

/// Writes mails to the log, secrets and all, for a developer to copy.
#[derive(Clone, Copy, Debug)]
pub struct Log;

impl Sender for Log {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), Failure>> {
        // A warning, so that whoever wants to hear of little still gets their code.
        tracing::warn!(to = mail.to, subject = mail.subject, "a mail, kept here instead of sent:\n{}", mail.body);
        ready(Ok(())).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::said::Said;

    #[tokio::test]
    async fn a_log_of_warnings_alone_has_mails_too() {
        let said = Said::listen();
        let mail = Mail { to: "ada@example.org".into(), subject: "Your code".into(), body: "It is 123456.".into() };
        Log.send(&mail).await.expect("it is sent");
        assert!(said.text().starts_with("WARN"), "{}", said.text());
    }

    #[tokio::test]
    async fn a_developer_reads_the_whole_mail_in_the_log() {
        let said = Said::listen();
        let mail = Mail { to: "ada@example.org".into(), subject: "Your code".into(), body: "It is 123456.".into() };
        Log.send(&mail).await.expect("it is sent");
        for part in [&mail.to, &mail.subject, &mail.body] {
            assert!(said.text().contains(part), "{part} is not in {}", said.text());
        }
    }
}
