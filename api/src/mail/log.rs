use std::io::{Write, stderr};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use super::{Failure, Mail, Sender};

/// Prints mails beside the log, for a developer to copy: lines of the log may go to others, who are not told secrets.
#[derive(Clone, Copy, Debug)]
pub struct Log;

impl Sender for Log {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), Failure>> {
        let printed = stderr().write_all(text(mail).as_bytes());
        ready(printed.map_err(|error| Failure::Lasting(error.to_string()))).boxed()
    }
}

fn text(Mail { to, subject, body }: &Mail) -> String {
    format!("\nA mail, kept here instead of sent\n  To:      {to}\n  Subject: {subject}\n\n{body}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::said::Said;

    fn mail() -> Mail {
        Mail { to: "ada@example.org".into(), subject: "Your code".into(), body: "It is 123456.".into() }
    }

    #[tokio::test]
    async fn nobody_who_reads_the_log_reads_mails() {
        let said = Said::listen();
        Log.send(&mail()).await.expect("it is printed");
        assert_eq!(said.text(), "");
    }

    #[test]
    fn a_developer_reads_the_whole_mail() {
        for part in ["ada@example.org", "Your code", "It is 123456."] {
            assert!(text(&mail()).contains(part), "{part}");
        }
    }
}
