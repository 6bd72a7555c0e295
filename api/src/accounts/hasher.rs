//! Hashes that are slow on purpose, of what people can remember: by argon2id, with the parameters that
//! [OWASP](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id) recommends.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::{Error, Result};

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How many may wait for their turn, for each that is being hashed: some seconds' work.
const QUEUE: usize = 32;

/// Hashes off the threads that requests run on, as many at a time as there are processors.
#[derive(Clone)]
pub struct Hasher {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    /// Of no password: what an attempt is compared with if there is nothing to compare it with, so that it takes as long.
    decoy: Arc<str>,
}

impl Hasher {
    pub fn new() -> anyhow::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let mut nothing = [0; 32];
        aws_lc_rs::rand::fill(&mut nothing)?;
        Ok(Self {
            running: Arc::new(Semaphore::new(processors)),
            admitted: Arc::new(Semaphore::new(processors * (QUEUE + 1))),
            decoy: hash(&nothing)?.into(),
        })
    }

    pub async fn hash(&self, secret: String) -> Result<String> {
        self.run(move || hash(secret.as_bytes())).await?.map_err(|_| Error::Internal("a secret can't be hashed"))
    }

    /// Which of the hashes is that of the secret. Takes the same time whether or not there are any.
    pub async fn find<const N: usize>(&self, secret: String, hashes: [Option<String>; N]) -> Result<Option<usize>> {
        let decoy = self.decoy.clone();
        self.run(move || {
            let is_of = |hash: &Option<String>| {
                let matches = verify(secret.as_bytes(), hash.as_deref().unwrap_or(&decoy));
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

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let busy = || Error::Unavailable("too many people log in at the moment: try again in a few seconds");
        let admitted = self.admitted.clone().try_acquire_owned().map_err(|_| busy())?;
        let turn = self.running.clone().acquire_owned().await.map_err(|_| busy())?;
        let work = tokio::task::spawn_blocking(move || {
            // Kept to the end, even if nobody waits for it any more.
            let _turn = (admitted, turn);
            work()
        });
        work.await.map_err(|_| Error::Internal("hashing panicked"))
    }
}

fn argon2() -> anyhow::Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(anyhow::Error::msg)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(secret: &[u8]) -> anyhow::Result<String> {
    let hash = argon2()?.hash_password(secret).map_err(anyhow::Error::msg)?;
    Ok(hash.to_string())
}

fn verify(secret: &[u8], hash: &str) -> bool {
    let hash = PasswordHash::new(hash);
    hash.is_ok_and(|hash| Argon2::default().verify_password(secret, &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_secret_is_found_by_its_hash() {
        let hasher = Hasher::new().expect("a hasher");
        let hash = hasher.hash("correct horse".into()).await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let find =
            async |secret: &str| hasher.find(secret.into(), [None, Some(hash.clone())]).await.expect("an answer");
        assert_eq!(find("correct horse").await, Some(1));
        assert_eq!(find("Correct horse").await, None);
    }

    #[tokio::test]
    async fn the_decoy_is_the_hash_of_nothing_that_can_be_given() {
        let hasher = Hasher::new().expect("a hasher");
        assert!(!hasher.verify(String::new(), None).await.expect("an answer"));
    }

    #[tokio::test]
    async fn whoever_would_wait_too_long_is_told_to_come_back() {
        let hasher = Hasher::new().expect("a hasher");
        let places = u32::try_from(hasher.admitted.available_permits()).expect("a number");
        let taken = hasher.admitted.clone().acquire_many_owned(places).await.expect("all places");
        let refused = hasher.hash("secret".into()).await.expect_err("a refusal");
        assert_eq!(refused.code(), "UNAVAILABLE");
        drop(taken);
        assert!(hasher.hash("secret".into()).await.is_ok());
    }
}
