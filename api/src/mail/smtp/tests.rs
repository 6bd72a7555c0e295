use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;

/// What a server was told.
#[derive(Default)]
struct Heard {
    commands: Vec<String>,
    message: String,
}

/// An SMTP server for one connection, which answers a command in its own way.
struct Fake {
    url: SmtpUrl,
    heard: JoinHandle<Heard>,
}

impl Fake {
    async fn start(refused: &'static str, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = url(&listener);
        let heard = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("a connection");
            converse(stream, refused, answer).await
        });
        Self { url, heard }
    }
}

async fn converse(stream: TcpStream, refused: &str, answer: &str) -> Heard {
    let mut heard = Heard::default();
    let mut stream = BufReader::new(stream);
    say(&mut stream, "220 fake").await;
    while let Some(command) = hear(&mut stream).await {
        let verb = command.split(' ').next().unwrap_or_default().to_owned();
        heard.commands.push(command);
        match verb.as_str() {
            verb if verb == refused => say(&mut stream, answer).await,
            "EHLO" => say(&mut stream, "250-fake\r\n250 8BITMIME").await,
            "DATA" => {
                say(&mut stream, "354 go on").await;
                while let Some(line) = hear(&mut stream).await.filter(|line| line != ".") {
                    heard.message += &(line + "\n");
                }
                say(&mut stream, "250 taken").await;
            }
            "QUIT" => {
                say(&mut stream, "221 bye").await;
                break;
            }
            _ => say(&mut stream, "250 well").await,
        }
    }
    heard
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) {
    stream.write_all(format!("{line}\r\n").as_bytes()).await.expect("it can be said");
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.expect("text");
    (length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

fn url(listener: &TcpListener) -> SmtpUrl {
    let address = listener.local_addr().expect("an address");
    let Ok(url) = SmtpUrl::unchecked(&format!("smtp://{address}"));
    url
}

fn smtp(url: &SmtpUrl) -> Smtp {
    Smtp::new(url, "Linli <no-reply@linli.example>".parse().expect("a mailbox")).expect("an address")
}

fn mail() -> Mail {
    Mail {
        to: "ada@example.org".into(), subject: "验证码".into(), body: "您的验证码是 123456。\n\n邻里\n".into()
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let fake = Fake::start("", "").await;
    smtp(&fake.url).send(&mail()).await.expect("it is sent");
    let heard = fake.heard.await.expect("no panic");
    let envelope: Vec<_> = heard.commands.iter().map(String::as_str).skip(1).collect();
    assert_eq!(envelope, ["MAIL FROM:<no-reply@linli.example>", "RCPT TO:<ada@example.org>", "DATA", "QUIT"]);

    let (headers, body) = heard.message.split_once("\n\n").expect("headers and a body");
    let header = |name: &str| {
        let line = headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("{name} is not in\n{headers}"))
    };
    assert_eq!(header("From"), "Linli <no-reply@linli.example>");
    assert_eq!(header("To"), "ada@example.org");
    assert_eq!(header("Subject"), format!("=?utf-8?b?{}?=", STANDARD.encode(mail().subject)));
    assert!(chrono::DateTime::parse_from_rfc2822(header("Date")).is_ok(), "{headers}");
    assert!(header("Message-ID").ends_with("@linli.example>"), "{headers}");
    assert_eq!(header("Content-Type"), "text/plain; charset=utf-8");
    assert_eq!(header("Content-Transfer-Encoding"), "base64");
    let body = STANDARD.decode(body.split_whitespace().collect::<String>()).expect("base64");
    assert_eq!(String::from_utf8(body).expect("UTF-8").replace("\r\n", "\n"), mail().body);
}

#[tokio::test]
async fn a_refusal_says_whether_to_try_again_and_not_whom_it_was_for() {
    let passing = Failure::Passing("the server answered 451".into());
    let lasting = Failure::Lasting("the server answered 550".into());
    for verb in ["EHLO", "MAIL", "RCPT", "DATA"] {
        for (answer, expected) in [("451 ada@example.org: later", &passing), ("550 ada@example.org: never", &lasting)] {
            let fake = Fake::start(verb, answer).await;
            let failure = smtp(&fake.url).send(&mail()).await.expect_err(verb);
            assert_eq!(&failure, expected, "{verb}");
        }
    }
    let fake = Fake::start("RCPT", "ada@example.org").await;
    let failure = smtp(&fake.url).send(&mail()).await.expect_err("nonsense");
    assert_eq!(failure, Failure::Passing("the server's answer is not understood".into()));
}

#[tokio::test]
async fn a_server_that_is_silent_or_gone_is_worth_another_attempt() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = url(&listener);
    let impatient = Smtp { patience: Duration::ZERO, ..smtp(&url) };
    let failure = impatient.send(&mail()).await.expect_err("nobody answers");
    assert_eq!(failure, Failure::Passing("the server took longer than 0ns".into()));
    drop(listener);
    let failure = smtp(&url).send(&mail()).await.expect_err("nobody listens");
    assert!(matches!(&failure, Failure::Passing(reason) if reason.contains("refused")), "{failure:?}");
}

#[tokio::test]
async fn what_is_no_address_is_not_tried_again() {
    let url = url(&TcpListener::bind("127.0.0.1:0").await.expect("a port"));
    for to in ["", "ada", "ada@example.org\r\nRCPT TO:<eve@example.org>", "ada@example.org>\r\nBcc: eve@example.org"] {
        let failure = smtp(&url).send(&Mail { to: to.into(), ..mail() }).await;
        assert_eq!(failure, Err(Failure::Lasting("its address is none".into())), "{to}");
    }
    let injected = Mail { subject: "Hello\r\nBcc: eve@example.org".into(), ..mail() };
    let message = smtp(&url).message(&injected).expect("a message").formatted();
    assert!(!String::from_utf8_lossy(&message).contains("\nBcc:"));
}
