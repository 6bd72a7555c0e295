//! Batching: what the resolvers of one request ask for at the same time is loaded by one statement.
//!
//! Loaders live as long as their request, so that nothing can leak from one viewer to another. The type of a key names the
//! query: `db::ShopId` loads a shop, `ReviewsOf` a page of a shop's reviews.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt::Debug;
use std::future::poll_fn;
use std::hash::Hash;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dataloader::BatchFn;
use dataloader::cached::Loader;
use observability::Metrics;
use tokio::sync::SemaphorePermit;
use tracing::{Instrument, Span};

use crate::doors::batches::Waiting;
use crate::live::Turns;
use crate::{Error, Result};

/// Names a query and holds all that its value depends on, the viewer too.
pub trait Key: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    type Value: Clone + Send + Sync + 'static;

    /// Loads the values of many keys. What is missing from the map does not exist.
    fn load(keys: &[Self], conn: &mut db::Conn) -> impl Future<Output = db::Result<HashMap<Self, Self::Value>>> + Send;

    /// The same by whichever way is shortest. Ids of rows that are kept beyond the request say `source.kept(keys)`.
    fn find(keys: &[Self], source: &Source) -> impl Future<Output = db::Result<HashMap<Self, Self::Value>>> + Send {
        source.load(keys)
    }
}

/// Where values come from.
pub struct Source {
    postgres: db::Postgres,
    reader: db::Reader,
    turns: Option<Turns>,
}

pub struct Loaders {
    postgres: db::Postgres,
    rows: db::Rows,
    viewer: Option<db::UserId>,
    /// None for who need not wait for one.
    turns: Option<Turns>,
    metrics: Metrics,
    /// Whether batches tell whom they are for.
    linked: bool,
    loaded: Mutex<Loaded>,
}

/// What is known since it was forgotten last.
#[derive(Default)]
struct Loaded {
    source: Option<Arc<Source>>,
    by_key: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
}

type Outcome<K> = Result<Option<<K as Key>::Value>>;

/// Most keys of one statement.
const MAX_BATCH: usize = 1_000;

/// How often a load is begun anew after it was cancelled.
const MAX_ATTEMPTS: usize = 5;

impl Loaders {
    pub fn new(postgres: db::Postgres, rows: db::Rows, viewer: Option<db::UserId>, metrics: Metrics) -> Self {
        Self { postgres, rows, viewer, turns: None, metrics, linked: false, loaded: Mutex::default() }
    }

    /// The same, each of whose batches waits for its turn.
    pub(crate) fn in_turn(self, turns: Turns) -> Self {
        Self { turns: Some(turns), ..self }
    }

    /// The same, whose batches are linked to the spans of those who asked, where they are recorded.
    pub(crate) fn linked(self, linked: bool) -> Self {
        Self { linked, ..self }
    }

    pub fn postgres(&self) -> &db::Postgres {
        &self.postgres
    }

    /// Forgets what was loaded.
    pub fn forget(&self) {
        *self.lock() = Loaded::default();
    }

    pub async fn load<K: Key>(&self, key: K) -> Outcome<K> {
        let Loading { loader, waiting } = self.loading::<K>();
        // A batch is driven by one of those who wait for it. If that one is cancelled (a sibling of it failed), the others find
        // nothing, and one of them drives the next attempt.
        for _ in 0..MAX_ATTEMPTS {
            let mut loading = pin!(loader.try_load(key.clone()));
            let mut waits = false;
            let loaded = poll_fn(|cx| {
                let polled = loading.as_mut().poll(cx);
                if polled.is_pending() && !waits {
                    waits = true;
                    waiting.join(&key, self.linked);
                }
                polled
            });
            if let Ok(outcome) = loaded.await {
                return outcome;
            }
        }
        Err(Error::Internal("a loader lost its keys"))
    }

    fn loading<K: Key>(&self) -> Loading<K> {
        let mut loaded = self.lock();
        let Loaded { source, by_key } = &mut *loaded;
        let loading = by_key.entry(TypeId::of::<K>()).or_insert_with(|| {
            let source = source.get_or_insert_with(|| Arc::new(self.source())).clone();
            let waiting = Arc::<Waiting<K>>::default();
            let batch = Batch { source, waiting: waiting.clone(), metrics: self.metrics.clone() };
            // To yield once is enough where all of a request settles.
            let loader = Loader::new(batch).with_max_batch_size(MAX_BATCH).with_yield_count(1);
            Box::new(Loading { loader, waiting })
        });
        match loading.downcast_ref::<Loading<K>>() {
            Some(loading) => loading.clone(),
            None => unreachable!("the map is keyed by the type"),
        }
    }

    fn source(&self) -> Source {
        Source { postgres: self.postgres.clone(), reader: self.rows.reader(self.viewer), turns: self.turns.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    /// What PostgreSQL says.
    pub async fn load<K: Key>(&self, keys: &[K]) -> db::Result<HashMap<K, K::Value>> {
        let _turn = self.turn().await;
        K::load(keys, &mut *self.postgres.conn().await?).await
    }

    /// Rows by their ids, wherever they are kept, unless the viewer might not find there what they wrote.
    pub async fn kept<K: Key<Value: db::Kept<Id = K>>>(&self, ids: &[K]) -> db::Result<HashMap<K, K::Value>> {
        match self.reader.rows().await {
            Some(rows) => {
                let _turn = self.turn().await;
                rows.find(&self.postgres, ids).await
            }
            None => self.load(ids).await,
        }
    }

    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        match &self.turns {
            Some(turns) => turns.take().await,
            None => None,
        }
    }
}

struct Loading<K: Key> {
    loader: Loader<K, Outcome<K>, Batch<K>>,
    waiting: Arc<Waiting<K>>,
}

impl<K: Key> Clone for Loading<K> {
    fn clone(&self) -> Self {
        Self { loader: self.loader.clone(), waiting: self.waiting.clone() }
    }
}

struct Batch<K> {
    source: Arc<Source>,
    waiting: Arc<Waiting<K>>,
    metrics: Metrics,
}

impl<K: Key> BatchFn<K, Outcome<K>> for Batch<K> {
    async fn load(&mut self, keys: &[K]) -> HashMap<K, Outcome<K>> {
        let span = self.waiting.served(keys, &self.metrics);
        let (source, wanted) = (self.source.clone(), keys.to_vec());
        let load = async move {
            let found = K::find(&wanted, &source).await;
            if found.is_err() {
                Span::current().record("otel.status_code", "ERROR");
            }
            found
        };
        // In a task of its own, so that a panic fails this batch and nothing else.
        let loaded = match tokio::spawn(load.instrument(span)).await {
            Ok(Ok(loaded)) => Ok(loaded),
            Ok(Err(error)) => Err(Error::from(error)),
            Err(_) => Err(Error::Internal("a loader panicked")),
        };
        match loaded {
            Ok(mut values) => keys.iter().map(|key| (key.clone(), Ok(values.remove(key)))).collect(),
            Err(error) => keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect(),
        }
    }
}

/// Indexes rows by the key they were asked for.
pub fn index<K: Hash + Eq, Row>(rows: Vec<Row>, key: impl Fn(&Row) -> K) -> HashMap<K, Row> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

/// Groups keys by what one statement must have in common, such as the page.
pub fn group<K, Shared: Hash + Eq, Id>(keys: &[K], split: impl Fn(&K) -> (Shared, Id)) -> HashMap<Shared, Vec<Id>> {
    let mut groups: HashMap<_, Vec<_>> = HashMap::new();
    for (shared, id) in keys.iter().map(split) {
        groups.entry(shared).or_default().push(id);
    }
    groups
}
