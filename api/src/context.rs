//! What a resolver may reach for.

use async_graphql::Context;

use crate::loaders::{Key, Loaders};
use crate::{Error, Result};

/// Who sent the request, as their access token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity(pub db::UserId);

pub trait ContextExt {
    /// The viewer, or else an error that asks to log in.
    fn viewer(&self) -> Result<db::UserId>;

    /// The viewer, where it makes no difference of substance whether there is one.
    fn viewer_if_any(&self) -> Option<db::UserId>;

    fn postgres(&self) -> &db::Postgres;

    /// Loads one value, together with all others that this request asks for at the same time.
    fn load<K: Key>(&self, key: K) -> impl Future<Output = Result<Option<K::Value>>> + Send;
}

impl ContextExt for Context<'_> {
    fn viewer(&self) -> Result<db::UserId> {
        self.viewer_if_any().ok_or(Error::Unauthenticated)
    }

    fn viewer_if_any(&self) -> Option<db::UserId> {
        self.data_opt::<Identity>().map(|identity| identity.0)
    }

    fn postgres(&self) -> &db::Postgres {
        self.data_unchecked::<Loaders>().postgres()
    }

    async fn load<K: Key>(&self, key: K) -> Result<Option<K::Value>> {
        self.data_unchecked::<Loaders>().load(key).await
    }
}
