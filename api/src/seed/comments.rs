use chrono::{DateTime, Duration, Utc};
use db::CommentId;
use db::bulk::NewComment;
use rand::RngExt;

use super::audience::Audience;
use super::chance::{self, Random, Weights};
use super::clock::Clock;
use super::likes;
use super::options::Plan;
use super::people::People;
use super::reviews::Review;
use super::words::Words;

/// What must be known of a comment to like it.
pub(super) struct Comment {
    pub(super) id: CommentId,
    pub(super) author: usize,
}

/// The comment that opened a thread, and who spoke there last.
struct Thread {
    id: CommentId,
    review: usize,
    author: usize,
    last_author: usize,
}

struct Conversation<'a> {
    people: &'a People,
    reviews: &'a Audience<Review>,
    words: &'a Words,
    active: Weights,
    threads: Audience<Thread>,
}

/// Writes them in the order of their times; a third are replies.
pub(super) fn generate(
    plan: &Plan,
    clock: &Clock,
    people: &People,
    reviews: &Audience<Review>,
    words: &Words,
    mut emit: impl FnMut(NewComment) -> anyhow::Result<()>,
) -> anyhow::Result<Audience<Comment>> {
    let mut random = chance::random(plan.seed.into(), "comments", 0);
    let mut times = likes::times(clock, plan.comments, reviews, plan.until - Duration::minutes(20));
    let mut comments = Audience::new(plan.people);
    let threads = Audience::new(plan.people);
    let mut conversation = Conversation { people, reviews, words, active: people.by_activity(), threads };
    while let Some(time) = times.next(&mut random) {
        if reviews.before(time) == 0 || people.before(time) == 0 {
            times.retry();
            continue;
        }
        let threads = conversation.threads.before(time);
        let (comment, author) = if threads > 0 && random.random_bool(0.35) {
            conversation.reply(time, threads, &mut random)
        } else {
            conversation.open(time, &mut random)
        };
        comments.push(Comment { id: comment.id, author }, time, &mut random);
        emit(comment)?;
    }
    Ok(comments)
}

impl Conversation<'_> {
    fn open(&mut self, time: DateTime<Utc>, random: &mut Random) -> (NewComment, usize) {
        let review = self.reviews.draw(self.reviews.before(time), time, random);
        let author = self.anybody(time, random);
        let id = CommentId::at(time, random.random());
        self.threads.push(Thread { id, review, author, last_author: author }, time, random);
        let Review { id: review_id, rating, .. } = self.reviews.all[review];
        let author_id = self.people.all[author].id;
        let body = self.words.comment(self.people.all[author].language, rating, random);
        (NewComment { id, review_id, author_id, parent_id: None, reply_to_id: None, body, created_at: time }, author)
    }

    fn reply(&mut self, time: DateTime<Utc>, threads: usize, random: &mut Random) -> (NewComment, usize) {
        let place = self.threads.draw(threads, time, random);
        let (review, opener, last) = {
            let thread = &self.threads.all[place];
            (&self.reviews.all[thread.review], thread.author, thread.last_author)
        };
        // Mostly the author of the review answers, then the one who was answered, then anybody.
        let author = match random.random_range(0..10) {
            0..5 if last != review.author => review.author,
            5..7 if last != opener => opener,
            _ => self.anybody(time, random),
        };
        let thread = &mut self.threads.all[place];
        let answers_last = last != opener && last != author && random.random_bool(0.7);
        thread.last_author = author;
        let comment = NewComment {
            id: CommentId::at(time, random.random()),
            review_id: review.id,
            author_id: self.people.all[author].id,
            parent_id: Some(thread.id),
            reply_to_id: answers_last.then(|| self.people.all[last].id),
            body: self.words.say(self.people.all[author].language, "reply", random),
            created_at: time,
        };
        (comment, author)
    }

    fn anybody(&self, time: DateTime<Utc>, random: &mut Random) -> usize {
        self.active.draw(random, 0..self.people.before(time))
    }
}
