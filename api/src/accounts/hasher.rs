//! Hashes of what people can remember, of which there are never too many at a time.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tracing::Span;

use super::argon2id::Workspace;
use crate::doors::accounts::Entrance;
use crate::{Error, Result};

/// How many may wait for their turn, for each that is being hashed: some seconds' work.
const QUEUE: usize = 32;

/// Hashes off the threads that requests run on, with a processor left for these.
#[derive(Clone)]
pub struct Hasher {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    workspaces: Arc<Mutex<Vec<Workspace>>>,
    /// Of no password: what an attempt is compared with if there is nothing to compare it with, so that it takes as long.
    decoy: Arc<str>,
    entrance: Entrance,
}

impl Hasher {
    pub(crate) fn watched_by(entrance: Entrance) -> anyhow::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let at_a_time = processors.saturating_sub(1).max(1);
        let mut nothing = [0; 32];
        aws_lc_rs::rand::fill(&mut nothing)?;
        Ok(Self {
            running: Arc::new(Semaphore::new(at_a_time)),
            admitted: Arc::new(Semaphore::new(at_a_time * (QUEUE + 1))),
            workspaces: Arc::default(),
            decoy: Workspace::default().hash(&nothing)?.into(),
            entrance,
        })
    }

    pub async fn hash(&self, secret: String) -> Result<String> {
        self.run(move |workspace| workspace.hash(secret.as_bytes()))
            .await?
            .map_err(|_| Error::Internal("a secret can't be hashed"))
    }

    /// Which of the hashes is that of the secret. Takes the same time whether or not there are any.
    pub async fn find<const N: usize>(&self, secret: String, hashes: [Option<String>; N]) -> Result<Option<usize>> {
        let decoy = self.decoy.clone();
        self.run(move |workspace| {
            let is_of = |hash: &Option<String>| {
                let matches = workspace.verify(secret.as_bytes(), hash.as_deref().unwrap_or(&decoy));
                matches && hash.is_some()
            };
            let found = hashes.each_ref().map(is_of);
            found.iter().position(|found| *found)
        })
        .await
    }

    pub async fn verify(&self, secret: String, hash: Option<String>) -> Result<bool> {
        Ok(self.find(secret, [hash]).await?.is_some())
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&mut Workspace) -> T + Send + 'static) -> Result<T> {
        let busy = || Error::Unavailable("too many people log in at the moment: try again in a few seconds");
        let admitted = self.admitted.clone().try_acquire_owned().map_err(|_| busy())?;
        let waiting = self.entrance.wait();
        let turn = self.running.clone().acquire_owned().await.map_err(|_| busy())?;
        drop(waiting);
        let (workspaces, entrance, within) = (self.workspaces.clone(), self.entrance.clone(), Span::current());
        let work = tokio::task::spawn_blocking(move || {
            // Kept to the end, even if nobody waits for it any more.
            let _turn = (admitted, turn);
            let mut workspace = workspaces.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let done = within.in_scope(|| entrance.hash(|| work(&mut workspace)));
            workspaces.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
            done
        });
        work.await.map_err(|_| Error::Internal("hashing panicked"))
    }
}

#[cfg(test)]
mod tests {
    use observability::Telemetry;

    use super::*;

    fn hasher() -> Hasher {
        Hasher::watched_by(Entrance::new(&Telemetry::default().metrics)).expect("a hasher")
    }

    #[tokio::test]
    async fn a_secret_is_found_by_its_hash() {
        let hasher = hasher();
        let hash = hasher.hash("correct horse".into()).await.expect("a hash");
        let find =
            async |secret: &str| hasher.find(secret.into(), [None, Some(hash.clone())]).await.expect("an answer");
        assert_eq!(find("correct horse").await, Some(1));
        assert_eq!(find("Correct horse").await, None);
    }

    #[tokio::test]
    async fn the_decoy_is_the_hash_of_nothing_that_can_be_given() {
        let hasher = hasher();
        assert!(!hasher.verify(String::new(), None).await.expect("an answer"));
    }

    #[tokio::test]
    async fn whoever_would_wait_too_long_is_told_to_come_back() {
        let hasher = hasher();
        let places = u32::try_from(hasher.admitted.available_permits()).expect("a number");
        let taken = hasher.admitted.clone().acquire_many_owned(places).await.expect("all places");
        let refused = hasher.hash("secret".into()).await.expect_err("a refusal");
        assert_eq!(refused.code(), "UNAVAILABLE");
        drop(taken);
        assert!(hasher.hash("secret".into()).await.is_ok());
    }
}
