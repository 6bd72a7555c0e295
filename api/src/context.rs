//! What a resolver may reach for.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use async_graphql::Context;
use chrono::{DateTime, Utc};

use crate::accounts::Accounts;
use crate::loaders::{Key, Loaders};
use crate::tokens::Bearer;
use crate::visits::{Visitor, Visits};
use crate::{Error, Result};

/// Who sent the request, as their access token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity(pub Bearer);

/// When the request came, or what a subscription tells of.
#[derive(Debug)]
pub struct Now {
    clock: fn() -> DateTime<Utc>,
    now: Mutex<DateTime<Utc>>,
}

impl Now {
    pub fn by(clock: fn() -> DateTime<Utc>) -> Self {
        Self { clock, now: Mutex::new(clock()) }
    }

    fn get(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renew(&self) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = (self.clock)();
    }
}

pub trait ContextExt {
    /// Who asks, if they told.
    fn viewer(&self) -> Option<db::UserId> {
        Some(self.bearer().ok()?.user)
    }

    /// Who asks, where that must be known.
    fn user(&self) -> Result<db::UserId> {
        self.viewer().ok_or(Error::Unauthenticated)
    }

    /// Who asks, and in which session, where that must be known.
    fn bearer(&self) -> Result<Bearer>;

    /// The session of who asks; none for a stranger, or if nobody logged in for the access token.
    fn session(&self) -> Option<db::SessionId> {
        self.bearer().ok()?.session
    }

    /// When the request came, which is the same time for all of it.
    fn now(&self) -> DateTime<Utc>;

    /// Begins anew, for what a subscription tells of next: it is another time, and rows may have changed.
    fn renew(&self);

    fn accounts(&self) -> &Accounts;

    fn postgres(&self) -> &db::Postgres;

    fn memory(&self) -> &db::Memory;

    /// Counts whoever asks among the visitors of a shop.
    fn visit(&self, shop: &db::Shop);

    /// A connection to write with. What was loaded before is loaded anew afterwards.
    fn writer(&self) -> impl Future<Output = Result<Writer<'_>>> + Send;

    /// Loads one value, together with all others that this request asks for at the same time.
    fn load<K: Key>(&self, key: K) -> impl Future<Output = Result<Option<K::Value>>> + Send;
}

impl ContextExt for Context<'_> {
    fn bearer(&self) -> Result<Bearer> {
        self.data_opt::<Identity>().map(|identity| identity.0).ok_or(Error::Unauthenticated)
    }

    fn now(&self) -> DateTime<Utc> {
        self.data_unchecked::<Now>().get()
    }

    fn renew(&self) {
        self.data_unchecked::<Loaders>().forget();
        self.data_unchecked::<Now>().renew();
    }

    fn accounts(&self) -> &Accounts {
        self.data_unchecked::<Accounts>()
    }

    fn postgres(&self) -> &db::Postgres {
        self.data_unchecked::<Loaders>().postgres()
    }

    fn memory(&self) -> &db::Memory {
        self.data_unchecked::<db::Memory>()
    }

    fn visit(&self, shop: &db::Shop) {
        self.data_unchecked::<Visits>().saw(shop, *self.data_unchecked::<Visitor>(), self.now());
    }

    async fn writer(&self) -> Result<Writer<'_>> {
        let loaders = self.data_unchecked::<Loaders>();
        Ok(Writer { conn: loaders.postgres().conn().await?, loaders })
    }

    async fn load<K: Key>(&self, key: K) -> Result<Option<K::Value>> {
        self.data_unchecked::<Loaders>().load(key).await
    }
}

/// A connection that is written with, after which loaders must not answer from memory.
pub struct Writer<'ctx> {
    conn: db::PooledConn,
    loaders: &'ctx Loaders,
}

impl Deref for Writer<'_> {
    type Target = db::Conn;

    fn deref(&self) -> &db::Conn {
        &self.conn
    }
}

impl DerefMut for Writer<'_> {
    fn deref_mut(&mut self) -> &mut db::Conn {
        &mut self.conn
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        self.loaders.forget();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[test]
    fn time_stands_still_until_something_else_begins() {
        static SECONDS: AtomicI64 = AtomicI64::new(1);
        let now = Now::by(|| DateTime::from_timestamp(SECONDS.load(Ordering::Relaxed), 0).unwrap_or_default());
        SECONDS.store(2, Ordering::Relaxed);
        assert_eq!(now.get().timestamp(), 1);
        now.renew();
        assert_eq!(now.get().timestamp(), 2);
    }
}
