use std::convert::Infallible;
use std::fmt;

use lettre::message::Mailbox;

use super::{Log, MailRoom, Smtp};

/// How mails are sent.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Mail")]
#[group(id = "mail")]
pub struct Config {
    /// SMTP server, as `smtps://user:password@host:465`, `smtp://host:587?tls=required` or `smtp://localhost:25`
    ///
    /// What goes to `smtp://` without `?tls=required` is not encrypted, passwords and codes included. Without this option, a
    /// private installation prints mails on standard error; with DATABASE_URL, no mails are sent.
    #[arg(long, env = "LINLI_SMTP_URL", hide_env_values = true, value_name = "URL", value_parser = SmtpUrl::unchecked)]
    pub smtp_url: Option<SmtpUrl>,

    /// Whom mails are from, by an address that the SMTP server lets us send from
    #[arg(long, env = "LINLI_MAIL_FROM", value_name = "MAILBOX", default_value = "Linli <no-reply@localhost>")]
    #[arg(value_parser = mailbox)]
    pub mail_from: Mailbox,

    /// Print mails on standard error, codes included, instead of sending them; for development only
    #[arg(long, env = "LINLI_LOG_MAIL")]
    pub log_mail: bool,
}

impl Config {
    /// Refuses an address that is none. Clap would quote it, and the password with it.
    pub fn check(&self) -> Result<(), String> {
        // Clap would see a conflict in LINLI_LOG_MAIL=false, too.
        if self.log_mail && self.smtp_url.is_some() {
            return Err(
                "'--log-mail' (LINLI_LOG_MAIL) and '--smtp-url <URL>' (LINLI_SMTP_URL) exclude each other".into()
            );
        }
        self.smtp().map(drop)
    }

    fn smtp(&self) -> Result<Option<Smtp>, String> {
        let Some(url) = &self.smtp_url else { return Ok(None) };
        match Smtp::new(url, self.mail_from.clone()) {
            Ok(smtp) => Ok(Some(smtp)),
            Err(expected) => Err(format!("invalid value for '--smtp-url <URL>' (LINLI_SMTP_URL): {expected}")),
        }
    }
}

impl MailRoom {
    /// By the server that was named, else to the terminal of whoever tries Linli out, else not at all.
    pub fn from_config(config: &Config, private: bool) -> anyhow::Result<Self> {
        Ok(match config.smtp().map_err(anyhow::Error::msg)? {
            Some(smtp) => Self::open(smtp),
            None if config.log_mail || private => Self::open(Log),
            None => Self::closed(),
        })
    }
}

/// An address that may hold a password, and so is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl(String);

impl SmtpUrl {
    pub(super) fn unchecked(url: &str) -> Result<Self, Infallible> {
        Ok(Self(url.to_owned()))
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpUrl(…)")
    }
}

fn mailbox(text: &str) -> Result<Mailbox, &'static str> {
    text.parse().map_err(|_| "expected an address, such as no-reply@example.org or Linli <no-reply@example.org>")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        mail: Config,
    }

    fn parsed(options: &[&str]) -> Result<Config, String> {
        let cli = Cli::try_parse_from([&["linli"], options].concat()).map_err(|error| error.to_string())?;
        cli.mail.check().map(|()| cli.mail)
    }

    #[test]
    fn addresses_of_servers_are_understood_and_passwords_never_shown() {
        for url in [
            "smtps://ada:hush-hush@mail.example.org:465",
            "smtps://ada%40example.org:hush-hush@mail.example.org",
            "smtp://ada:hush-hush@mail.example.org:587?tls=required",
            "smtp://ada:hush-hush@localhost:25",
        ] {
            let config = parsed(&["--smtp-url", url]).expect(url);
            assert!(!format!("{config:?}").contains("hush-hush"), "{config:?}");
        }
        for url in ["", "nonsense", "http://ada:hush-hush@localhost", "smtp://ada:hush-hush@localhost?tls=maybe"] {
            let refused = parsed(&["--smtp-url", url]).expect_err(url);
            assert!(refused.contains("--smtp-url") && refused.contains("LINLI_SMTP_URL"), "{refused}");
            assert!(refused.contains("expected smtps://") && !refused.contains("hush-hush"), "{refused}");
        }
    }

    #[test]
    fn the_sender_is_a_mailbox() {
        assert_eq!(parsed(&[]).expect("the default").mail_from.email.domain(), "localhost");
        for from in [
            "ada@example.org",
            "Ada Lovelace <ada@example.org>",
            "\"Lovelace, Ada\" <ada@example.org>",
            "阿达 <ada@example.org>",
        ] {
            assert_eq!(parsed(&["--mail-from", from]).expect(from).mail_from.email.user(), "ada");
        }
        for from in ["", "Ada", "ada@", "Ada <ada@example.org", "ada@example.org, eve@example.org"] {
            let refused = parsed(&["--mail-from", from]).expect_err(from);
            assert!(refused.contains("--mail-from <MAILBOX>") && refused.contains("expected an address"), "{refused}");
        }
    }

    #[tokio::test]
    async fn mails_are_sent_logged_or_off() {
        let can_send = |options: &[&str], private| {
            let config = parsed(options).expect("options");
            MailRoom::from_config(&config, private).expect("a room").can_send()
        };
        assert!(can_send(&[], true));
        assert!(!can_send(&[], false));
        assert!(can_send(&["--log-mail"], false));
        assert!(can_send(&["--smtp-url", "smtp://localhost"], false));
        let both = parsed(&["--smtp-url", "smtp://localhost", "--log-mail"]).expect_err("a conflict");
        assert!(both.contains("--smtp-url") && both.contains("--log-mail"), "{both}");
    }
}
