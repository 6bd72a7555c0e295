//! What a resolver may reach for.

use async_graphql::Context;

use crate::Result;
use crate::loaders::{Key, Loaders};

/// Who sent the request, as their access token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity(pub db::UserId);

pub trait ContextExt {
    /// Who asks, if they told.
    fn viewer(&self) -> Option<db::UserId>;

    fn postgres(&self) -> &db::Postgres;

    /// Loads one value, together with all others that this request asks for at the same time.
    fn load<K: Key>(&self, key: K) -> impl Future<Output = Result<Option<K::Value>>> + Send;
}

impl ContextExt for Context<'_> {
    fn viewer(&self) -> Option<db::UserId> {
        self.data_opt::<Identity>().map(|identity| identity.0)
    }

    fn postgres(&self) -> &db::Postgres {
        self.data_unchecked::<Loaders>().postgres()
    }

    async fn load<K: Key>(&self, key: K) -> Result<Option<K::Value>> {
        self.data_unchecked::<Loaders>().load(key).await
    }
}
