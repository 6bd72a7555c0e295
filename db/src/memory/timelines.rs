use std::sync::LazyLock;

use futures_util::future::try_join_all;
use uuid::Uuid;

use super::keys::{DraftKey, TimelineKey};
use crate::redis::{Key, Link, Result, Script, Value, cmd};
use crate::{ReviewId, User, UserId};

/// Feeds that were gathered ahead: the ids of the newest reviews, for whoever read their feed in the last hours.
///
/// A timeline is a sorted set whose members all have the same score, so that Redis keeps them in the order of their bytes, which
/// is that of time. Its first member tells what it is worth: [`BEGINNING`] that nothing is older, a [`Draft`] that it is still
/// being gathered, and a review that older ones were left out.
#[derive(Clone, Debug)]
pub struct Timelines {
    redis: Link,
    /// Whoever has more followers is not pushed to them, but looked up by them.
    pub(crate) most_followers: u32,
}

/// Some of a timeline, newest first.
#[derive(Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) ids: Vec<ReviewId>,
    /// Whether nothing is behind these.
    pub(crate) is_last: bool,
}

/// Marks a timeline that is being gathered. What is published meanwhile is pushed there already.
pub(crate) struct Draft(Uuid);

/// Most reviews of a timeline. Who reads on is served by PostgreSQL.
pub(crate) const LENGTH: u32 = 400;

/// No review is as old as what begins like this.
const BEFORE_ALL: [u8; 8] = [0; 8];
const BEGINNING: Uuid = Uuid::nil();
const AFTER_ALL_DRAFTS: Uuid = Uuid::from_u64_pair(1, 0);

/// How many followers are pushed to at once.
const AT_A_TIME: usize = 200;

/// Where older ones were left out, nothing is put below the oldest: pages would jump over what lies between.
static PUSH: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local first = redis.call('ZRANGE', KEYS[1], 0, 0)[1]
         if not first then return 0 end
         redis.call('ZADD', KEYS[1], 0, ARGV[1])
         if string.sub(first, 1, #ARGV[3]) ~= ARGV[3] then
             redis.call('ZREMRANGEBYLEX', KEYS[1], '-', '(' .. first)
         end
         local surplus = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[2])
         if surplus > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, surplus - 1) end
         return 1",
    )
});

static FINISH: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
         redis.call('ZREMRANGEBYLEX', KEYS[1], '-', '(' .. ARGV[2])
         for i = 4, #ARGV do redis.call('ZADD', KEYS[1], 0, ARGV[i]) end
         redis.call('PEXPIRE', KEYS[1], ARGV[3])
         return 1",
    )
});

impl Timelines {
    pub(super) fn new(redis: Link, most_followers: u32) -> Self {
        Self { redis, most_followers }
    }

    /// Those behind `after`; none if the timeline does not tell.
    pub(crate) async fn read(&self, user: UserId, after: Option<ReviewId>, limit: i64) -> Result<Option<Part>> {
        let key = self.redis.key(&TimelineKey(user));
        let newest = match after {
            Some(after) => [b"(".as_slice(), &after.to_bytes()].concat(),
            None => b"+".to_vec(),
        };
        let (mut first, mut range) = (cmd("ZRANGE"), cmd("ZREVRANGEBYLEX"));
        first.arg(&key).arg(0).arg(0);
        range.arg(&key).arg(newest).arg("-").arg("LIMIT").arg(0).arg(limit);
        let answers = self.redis.run_all(&[first, range]).await?;
        let [first, range] = &answers[..] else { return Ok(None) };
        let is_complete = match members(first).first() {
            None => return Ok(None),
            Some(&BEGINNING) => true,
            Some(draft) if is_before_all(draft) => return Ok(None),
            Some(_) => false,
        };
        let found = members(range);
        let is_last = (found.len() as i64) < limit || found.contains(&BEGINNING);
        if is_last && !is_complete {
            return Ok(None);
        }
        let ids = found.into_iter().filter(|member| !is_before_all(member)).map(ReviewId::from).collect();
        Ok(Some(Part { ids, is_last }))
    }

    pub(crate) async fn begin(&self, user: UserId) -> Result<Draft> {
        // Behind the beginning, before all reviews.
        let mut draft = Uuid::new_v4().into_bytes();
        draft[..8].copy_from_slice(&BEFORE_ALL);
        let (key, draft) = (self.redis.key(&DraftKey(user)), Uuid::from_bytes(draft));
        let (mut add, mut expire) = (cmd("ZADD"), cmd("PEXPIRE"));
        add.arg(&key).arg(0).arg(DraftKey::encode(&draft));
        expire.arg(&key).arg(DraftKey::millis(&())).arg("NX");
        self.redis.run_all(&[add, expire]).await?;
        Ok(Draft(draft))
    }

    /// Writes what was gathered, unless the timeline was forgotten since it was begun.
    pub(crate) async fn finish(&self, user: UserId, draft: Draft, ids: &[ReviewId], is_last: bool) -> Result<()> {
        // Where older ones are left out, so are those that were pushed meanwhile.
        let oldest = match ids {
            [.., oldest] if !is_last => Uuid::from(*oldest),
            _ => AFTER_ALL_DRAFTS,
        };
        let members: Vec<Uuid> =
            is_last.then_some(BEGINNING).into_iter().chain(ids.iter().map(|id| (*id).into())).collect();
        let members: Vec<&[u8]> = members.iter().map(TimelineKey::encode).collect();
        let arguments = (DraftKey::encode(&draft.0), TimelineKey::encode(&oldest), TimelineKey::millis(&()), members);
        self.redis.run_script(&FINISH, &[self.redis.key(&TimelineKey(user))], arguments).await
    }

    /// Whether what somebody writes is pushed to all who follow them.
    pub fn takes(&self, author: &User) -> bool {
        u32::try_from(author.follower_count).is_ok_and(|followers| followers <= self.most_followers)
    }

    /// Adds a review to those of the timelines that there are.
    pub async fn push(&self, followers: &[UserId], review: ReviewId) -> Result<()> {
        let (member, most) = (Uuid::from(review), LENGTH + 1);
        for followers in followers.chunks(AT_A_TIME) {
            let pushes = followers.iter().map(async |&follower| -> Result<i64> {
                let arguments = (TimelineKey::encode(&member), most, &BEFORE_ALL[..]);
                self.redis.run_script(&PUSH, &[self.redis.key(&TimelineKey(follower))], arguments).await
            });
            try_join_all(pushes).await?;
        }
        Ok(())
    }

    /// Has the timeline gathered anew when it is read next: whom the user follows has changed.
    pub(super) async fn forget(&self, user: UserId) -> Result<()> {
        self.redis.run(cmd("DEL").arg(self.redis.key(&TimelineKey(user)))).await
    }
}

fn members(answer: &Value) -> Vec<Uuid> {
    let Value::Array(members) = answer else { return Vec::new() };
    let member = |value: &Value| match value {
        Value::BulkString(bytes) => Uuid::from_slice(bytes).ok(),
        _ => None,
    };
    members.iter().filter_map(member).collect()
}

fn is_before_all(member: &Uuid) -> bool {
    member.as_bytes().starts_with(&BEFORE_ALL)
}
