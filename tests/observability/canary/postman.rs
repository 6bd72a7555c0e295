use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// An SMTP server that wants a password, and takes any.
pub(super) struct Postman {
    pub(super) port: u16,
    mails: Receiver<String>,
}

const PATIENCE: Duration = Duration::from_secs(60);

impl Postman {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, mails) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                // Whoever hangs up is not missed.
                std::thread::spawn(move || take(&stream, &sender).ok());
            }
        });
        Self { port, mails }
    }

    /// The code in the next mail.
    pub(super) fn code(&self) -> String {
        let mail = self.mails.recv_timeout(PATIENCE).expect("a mail");
        let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
        mail.split_whitespace().find(is_code).expect("a code").to_owned()
    }
}

fn take(mut stream: &TcpStream, mails: &Sender<String>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    stream.write_all(b"220 here\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-here\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                let mail: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                // The test may be over.
                mails.send(mail.join("\n")).ok();
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 well",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes())?;
    }
    Ok(())
}
