use std::sync::{Arc, Mutex};

use api::mail::{Failure, Mail, Sender};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use crate::until;

/// What was sent and not yet read.
#[derive(Clone, Default)]
pub(crate) struct Mails(Arc<Mutex<Vec<Mail>>>);

impl Mails {
    pub(crate) async fn newest_to(&self, address: &str) -> Mail {
        until(&format!("a mail is sent to {address}"), async || self.take(address)).await
    }

    pub(crate) fn count_to(&self, address: &str) -> usize {
        self.0.lock().expect("no panic").iter().filter(|mail| mail.to == address).count()
    }

    fn take(&self, address: &str) -> Option<Mail> {
        self.0.lock().expect("no panic").extract_if(.., |mail| mail.to == address).last()
    }
}

impl Sender for Mails {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), Failure>> {
        self.0.lock().expect("no panic").push(mail.clone());
        ready(Ok(())).boxed()
    }
}

#[cfg(test)]
mod tests {
    use api::mail::MailRoom;

    use super::*;

    #[tokio::test]
    async fn a_mail_is_read_once_and_the_newest_first() {
        let mails = Mails::default();
        let room = MailRoom::open(mails.clone());
        let post = |to: &str, body: &str| room.post(Mail { to: to.into(), subject: "Hi".into(), body: body.into() });
        post("ada@example.org", "1");
        post("eve@example.org", "2");
        assert_eq!(mails.newest_to("ada@example.org").await.body, "1");
        post("ada@example.org", "3");
        post("ada@example.org", "4");
        room.close().await;
        assert_eq!(mails.newest_to("ada@example.org").await.body, "4");
        assert_eq!(mails.take("ada@example.org"), None);
        assert_eq!(mails.newest_to("eve@example.org").await.body, "2");
    }
}
