use diesel_async::{AnsiTransactionManager, SimpleAsyncConnection, TransactionManager};

use crate::events::forget;
use crate::memory::noted;
use crate::{Conn, Error, Result};

/// How often a transaction that met another one is begun anew.
const ATTEMPTS: usize = 6;

/// All of `work`, or nothing of it.
///
/// Locks are taken in this order: one's own account (`User::hold`), reviews, comments, users (by id), shops; and none is taken a
/// second time for more. Where that can't be had, PostgreSQL finds the deadlock, and one of the two begins anew here: `work` must
/// be able to run twice.
pub(crate) async fn transaction<T: Send, W>(conn: &mut Conn, work: W) -> Result<T>
where
    W: for<'c> Work<&'c mut Conn, Result<T>, Running: Send> + Send + Sync,
{
    for _ in 1..ATTEMPTS {
        match attempt(conn, &work).await {
            Err(Error::Deadlock) => tracing::debug!("a transaction met another one, and begins anew"),
            done => return done,
        }
    }
    attempt(conn, &work).await
}

/// The same without the bound on statements, which is for what people wait for.
pub(crate) async fn unhurried<T: Send, W>(conn: &mut Conn, work: W) -> Result<T>
where
    W: for<'c> Work<&'c mut Conn, Result<T>, Running: Send> + Send + Sync,
{
    transaction(conn, async |conn| {
        conn.batch_execute("set local statement_timeout = 0").await?;
        work(conn).await
    })
    .await
}

/// An asynchronous closure that can be called many times, and whose futures can go from thread to thread: what
/// `AsyncFn(Input) -> Output` cannot say yet.
pub(crate) trait Work<Input, Output>: AsyncFn(Input) -> Output + Fn(Input) -> Self::Running {
    type Running: Future<Output = Output>;
}

impl<Input, Output, Running: Future<Output = Output>, W> Work<Input, Output> for W
where
    W: AsyncFn(Input) -> Output + Fn(Input) -> Running,
{
    type Running = Running;
}

async fn attempt<T: Send, W>(conn: &mut Conn, work: &W) -> Result<T>
where
    W: for<'c> Work<&'c mut Conn, Result<T>, Running: Send> + Send + Sync,
{
    let (done, changed) = noted(async {
        AnsiTransactionManager::begin_transaction(conn).await?;
        let done = work(conn).await;
        end(conn, done).await
    })
    .await;
    // If it failed, too: a commit whose answer was lost may be one.
    forget(&changed).await;
    done
}

async fn end<T, E: From<Error>>(conn: &mut Conn, done: Result<T, E>) -> Result<T, E> {
    match done {
        Ok(done) => {
            AnsiTransactionManager::commit_transaction(conn).await.map_err(Error::from)?;
            Ok(done)
        }
        Err(error) => {
            // Whatever becomes of this, the server does not keep what was never committed.
            let _ = AnsiTransactionManager::rollback_transaction(conn).await;
            Err(error)
        }
    }
}

/// Runs `work` in one transaction: if it fails, nothing of it remains. It may take its time between two statements.
pub async fn all_or_nothing<T, E: From<Error>>(
    conn: &mut Conn,
    work: impl AsyncFnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    AnsiTransactionManager::begin_transaction(conn).await.map_err(Error::from)?;
    let done = match conn.batch_execute("set local idle_in_transaction_session_timeout = 0").await {
        Ok(()) => work(conn).await,
        Err(error) => Err(Error::from(error).into()),
    };
    end(conn, done).await
}
