use db::{Announcement, Announcements};
use tests::{Redis, a_prefix, memory, until};

async fn hears(announcements: &mut Announcements, wanted: &Announcement) {
    until("it is heard", async || (announcements.next().await == *wanted).then_some(())).await;
}

fn said(text: &str) -> Announcement {
    Announcement::Said(text.as_bytes().into())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_is_heard_by_all_instances_once() {
    let redis = Redis::start().await;
    let prefix = a_prefix();
    let (one, other) = (memory(&redis.url(), &prefix).await, memory(&redis.url(), &prefix).await);
    let (mut here, mut there) = (one.announcements().await, other.announcements().await);
    for text in ["", "first", "second"] {
        one.announce(text.as_bytes());
        assert_eq!(here.next().await, said(text));
        assert_eq!(there.next().await, said(text));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_redis_is_told_that_announcements_may_be_lost() {
    let mut redis = Redis::start().await;
    let memory = redis.memory().await;
    let mut announcements = memory.announcements().await;
    redis.kill();
    redis.start_again().await;
    hears(&mut announcements, &Announcement::Missed).await;
}

#[tokio::test]
async fn an_instance_that_is_alone_hears_itself() {
    let memory = db::Memory::in_process();
    let mut announcements = memory.announcements().await;
    memory.announce(b"here");
    assert_eq!(announcements.next().await, said("here"));
}
