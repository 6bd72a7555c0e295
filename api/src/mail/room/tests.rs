use std::collections::VecDeque;

use futures_util::future::{BoxFuture, pending};
use tokio::sync::{Barrier, Notify};

use super::*;
use crate::mail::said::Said;

/// Without pauses, and with patience enough that no machine is too slow.
const AT_ONCE: Limits = Limits { queue: 8, pauses: [Duration::ZERO; 2], farewell: Duration::from_secs(600) };

fn mail(body: &str) -> Mail {
    Mail { to: "ada@example.org".into(), subject: "Your code".into(), body: body.into() }
}

fn passing() -> Result<(), Failure> {
    Err(Failure::Passing("the server answered 451".into()))
}

/// Sends by a function.
struct By<F>(F);

impl<F, S> Sender for By<F>
where
    F: Fn(String) -> S + Send + Sync + 'static,
    S: Future<Output = Result<(), Failure>> + Send + 'static,
{
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), Failure>> {
        (self.0)(mail.body.clone()).boxed()
    }
}

/// Answers as told, then well, and remembers what it was asked to send.
#[derive(Clone, Default)]
struct Told {
    answers: Arc<Mutex<VecDeque<Result<(), Failure>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Told {
    fn to_answer(answers: impl IntoIterator<Item = Result<(), Failure>>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), asked: Arc::default() }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

impl Sender for Told {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), Failure>> {
        self.asked.lock().expect("no panic").push(mail.body.clone());
        let answer = self.answers.lock().expect("no panic").pop_front().unwrap_or(Ok(()));
        async { answer }.boxed()
    }
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again() {
    let (said, sender) = (Said::listen(), Told::to_answer([passing(), passing()]));
    let room = MailRoom::within(AT_ONCE, sender.clone());
    room.post(mail("123456"));
    room.close().await;
    assert_eq!(sender.asked(), ["123456"; 3]);
    assert_eq!(room.counts(), Counts { sent: 1, ..Counts::default() });
    assert!(!said.text().contains("WARN"), "{}", said.text());
}

#[tokio::test]
async fn the_room_gives_up_and_tells_only_the_domain() {
    let lasting = Err(Failure::Lasting("the server answered 550".into()));
    for (answers, attempts) in [(vec![lasting], 1), (vec![passing(); 3], 3)] {
        let (said, sender) = (Said::listen(), Told::to_answer(answers));
        let room = MailRoom::within(AT_ONCE, sender.clone());
        room.post(mail("123456"));
        room.close().await;
        assert_eq!(sender.asked().len(), attempts);
        assert_eq!(room.counts(), Counts { failed: 1, ..Counts::default() });
        let said = said.text();
        assert!(
            said.contains("WARN") && said.contains("example.org") && said.contains("the server answered"),
            "{said}"
        );
        assert!(!said.contains("ada") && !said.contains("123456") && !said.contains("Your code"), "{said}");
    }
}

#[tokio::test]
async fn what_a_full_queue_has_no_room_for_is_dropped() {
    let (said, sender) = (Said::listen(), Told::default());
    let room = MailRoom::within(Limits { queue: 2, ..AT_ONCE }, sender.clone());
    // On a runtime of one thread, nothing is taken from the queue before the first await.
    for body in ["1", "2", "3"] {
        room.post(mail(body));
    }
    room.close().await;
    assert_eq!(sender.asked(), ["1", "2"]);
    assert_eq!(room.counts(), Counts { sent: 2, dropped: 1, ..Counts::default() });
    assert!(said.text().contains("WARN") && !said.text().contains("ada"), "{}", said.text());
}

#[tokio::test]
async fn several_are_sent_at_a_time() {
    let together = Arc::new(Barrier::new(AT_A_TIME));
    let room = MailRoom::within(
        AT_ONCE,
        By(move |_| {
            let together = together.clone();
            async move {
                together.wait().await;
                Ok(())
            }
        }),
    );
    for _ in 0..2 * AT_A_TIME {
        room.post(mail("123456"));
    }
    room.close().await;
}

#[tokio::test]
async fn closing_waits_for_what_was_posted() {
    let (may_send, sent) = (Arc::new(Notify::new()), Arc::new(Mutex::new(Vec::new())));
    let (gate, sending) = (may_send.clone(), sent.clone());
    let room = MailRoom::within(
        AT_ONCE,
        By(move |body| {
            let (gate, sent) = (gate.clone(), sending.clone());
            async move {
                gate.notified().await;
                sent.lock().expect("no panic").push(body);
                Ok(())
            }
        }),
    );
    room.post(mail("123456"));
    let mut closing = std::pin::pin!(room.close());
    assert!(futures_util::poll!(&mut closing).is_pending());
    assert!(!room.can_send());
    may_send.notify_one();
    closing.await;
    assert_eq!(*sent.lock().expect("no panic"), ["123456"]);
}

#[tokio::test]
async fn closing_does_not_wait_for_ever() {
    let said = Said::listen();
    let room = MailRoom::within(Limits { farewell: Duration::ZERO, ..AT_ONCE }, By(|_| pending()));
    room.post(mail("123456"));
    room.close().await;
    assert!(said.text().contains("WARN"), "{}", said.text());
    room.close().await;
}

#[tokio::test]
async fn a_sender_that_panics_costs_one_mail() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let sending = sent.clone();
    let room = MailRoom::within(
        AT_ONCE,
        By(move |body| {
            let sent = sending.clone();
            async move {
                assert_ne!(body, "1", "as told");
                sent.lock().expect("no panic").push(body);
                Ok(())
            }
        }),
    );
    room.post(mail("1"));
    room.post(mail("2"));
    room.close().await;
    assert_eq!(*sent.lock().expect("no panic"), ["2"]);
    assert_eq!(room.counts(), Counts { sent: 1, dropped: 1, ..Counts::default() });
}

#[tokio::test]
async fn a_closed_room_sends_nothing_and_says_so() {
    let (said, room) = (Said::listen(), MailRoom::closed());
    assert!(!room.can_send());
    room.post(mail("123456"));
    assert_eq!(room.counts(), Counts { dropped: 1, ..Counts::default() });
    room.close().await;
    assert!(said.text().contains("WARN") && !said.text().contains("123456"), "{}", said.text());
}

#[test]
fn a_mail_does_not_show_its_body() {
    let shown = format!("{:?}", mail("123456"));
    assert!(shown.contains("ada@example.org") && !shown.contains("123456"), "{shown}");
}
