//! The pool of PostgreSQL connections.

use std::error::Error as _;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool::Runtime;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolableConnection, RecyclingMethod,
};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::NoTls;

use crate::config::{Config, DatabaseUrl};
use crate::meter::Meter;
use crate::probe::Probe;
use crate::watch::Server;
use crate::{Conn, Result, Watch};

/// How long it may take to ask PostgreSQL to end a statement.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connects, or says why it can't: Diesel's own way keeps the cause to itself.
pub(crate) async fn connect(url: &str) -> ConnectionResult<Conn> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(bad_connection)?;
    Conn::try_from_client_and_connection(client, connection).await
}

fn bad_connection(error: tokio_postgres::Error) -> ConnectionError {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    ConnectionError::BadConnection(format!("{error}{cause}"))
}

/// A connection that goes back to its pool, unless it is dropped in the middle of a statement or a transaction.
pub struct PooledConn {
    conn: Option<Object<Conn>>,
    probe: Probe,
}

/// The connections of a pool at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolStatus {
    pub used: usize,
    pub idle: usize,
    pub max: usize,
    /// Who waits for one.
    pub waiting: usize,
}

/// Cheap to clone: all clones share one pool.
#[derive(Clone)]
pub struct Postgres {
    url: DatabaseUrl,
    pool: Pool<Conn>,
    meter: Option<Arc<Meter>>,
    watch: Option<Arc<dyn Watch>>,
    server: Arc<Server>,
}

impl Postgres {
    /// Connects only once a connection is asked for.
    pub fn new(url: &DatabaseUrl, config: &Config) -> Result<Self> {
        // What a word must have in common with a name to find it (`db/src/search.rs`), and the bound on every statement,
        // and on the pause between two of a transaction, whose locks others wait for.
        let setup = format!(
            "set pg_trgm.word_similarity_threshold = 0.5; set statement_timeout = {timeout};
             set idle_in_transaction_session_timeout = {timeout};",
            timeout = config.database_statement_timeout_ms
        );

        let mut manager = ManagerConfig::default();
        // `Verified`, the default, sends `select 1` before every checkout.
        manager.recycling_method = RecyclingMethod::Fast;
        manager.custom_setup = Box::new(move |url| {
            let (url, setup) = (url.to_owned(), setup.clone());
            Box::pin(async move {
                let mut conn = connect(&url).await?;
                conn.batch_execute(&setup).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(conn)
            })
        });

        let pool = Pool::builder(AsyncDieselConnectionManager::new_with_config(url.expose(), manager))
            .max_size(config.database_pool_size.into())
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(config.acquire_timeout()))
            .create_timeout(Some(config.acquire_timeout()))
            .build()
            .map_err(|error| crate::Error::Unavailable(error.to_string()))?;
        Ok(Self { url: url.clone(), pool, meter: None, watch: None, server: Arc::new(url.server()) })
    }

    /// The same pool, at whose door somebody watches.
    pub fn watched_by(&self, watch: Arc<dyn Watch>) -> Self {
        Self { watch: Some(watch), ..self.clone() }
    }

    /// The same pool, which counts into `meter`.
    pub fn metered(&self, meter: Arc<Meter>) -> Self {
        Self { meter: Some(meter), ..self.clone() }
    }

    /// The same pool, which counts nowhere.
    pub fn unmetered(&self) -> Self {
        Self { meter: None, ..self.clone() }
    }

    pub fn pool(&self) -> PoolStatus {
        let status = self.pool.status();
        PoolStatus {
            used: status.size.saturating_sub(status.available),
            idle: status.available,
            max: status.max_size,
            waiting: status.waiting,
        }
    }

    /// Whether statements can be run.
    pub async fn ping(&self) -> Result<()> {
        let mut conn = self.conn().await?;
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1")).execute(&mut conn).await?;
        Ok(())
    }

    /// A connection beside the pool, for whoever keeps it.
    pub(crate) async fn connect_apart(&self) -> Result<Conn> {
        connect(self.url.expose()).await.map_err(|error| crate::Error::Unavailable(error.to_string()))
    }

    pub async fn conn(&self) -> Result<PooledConn> {
        let asked = Instant::now();
        let got = self.pool.get().await;
        if let Some(watch) = &self.watch {
            watch.connection(asked.elapsed(), matches!(got, Err(PoolError::Timeout(_))));
        }
        let mut conn = got?;
        let probe = Probe::new(self.meter.clone(), self.watch.clone(), self.server.clone());
        conn.set_instrumentation(probe.clone());
        Ok(PooledConn { conn: Some(conn), probe })
    }
}

impl Deref for PooledConn {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.conn.as_ref().expect("it is here until it is dropped")
    }
}

impl DerefMut for PooledConn {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("it is here until it is dropped")
    }
}

impl Drop for PooledConn {
    /// The pool would look only when it lends the connection again; until then, whoever hung up would keep their locks, and whoever
    /// comes next would wait for their statement.
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        if self.probe.was_cut_short() {
            cancel(Object::take(conn));
        } else if conn.is_broken() {
            drop(Object::take(conn));
        }
    }
}

/// Ends what runs on a connection, which is of no use to anybody any more.
fn cancel(conn: Conn) {
    // Where nothing runs any more, the connection can only be closed.
    let Ok(runtime) = Handle::try_current() else { return };
    runtime.spawn(async move {
        // PostgreSQL does not look whether somebody is still there before it has something to say. If it can't be told, the bound on
        // statements is left.
        let told = timeout(PATIENCE, conn.cancel_token().cancel_query(NoTls)).await;
        if !matches!(told, Ok(Ok(()))) {
            tracing::debug!("a statement that nobody waits for could not be cancelled");
        }
    });
}
