//! Hashes that are slow on purpose, with the parameters that
//! [OWASP](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id) recommends.
//!
//! The memory they work in is passed from one to the next: allocated anew for each, the allocator would keep it for every thread that
//! ever hashed.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What a hash is computed in.
#[derive(Default)]
pub(super) struct Workspace(Vec<Block>);

impl Workspace {
    /// In the [PHC string format](https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md), with a salt of its own.
    pub(super) fn hash(&mut self, secret: &[u8]) -> anyhow::Result<String> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(anyhow::Error::msg)?;
        let salt = Salt::generate();
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(anyhow::Error::msg)?,
            hash: Some(self.digest(secret, &salt, params, Params::DEFAULT_OUTPUT_LEN)?),
            salt: Some(salt),
        };
        Ok(hash.to_string())
    }

    /// Whether it is the hash of the secret; false if it is no hash of ours.
    pub(super) fn verify(&mut self, secret: &[u8], hash: &str) -> bool {
        self.matches(secret, hash).unwrap_or(false)
    }

    fn matches(&mut self, secret: &[u8], hash: &str) -> Option<bool> {
        let hash = PasswordHash::new(hash).ok().filter(|hash| hash.algorithm == ARGON2ID_IDENT)?;
        let (salt, expected) = hash.salt.zip(hash.hash)?;
        let params = Params::try_from(&hash.params).ok()?;
        let digest = self.digest(secret, &salt, params, expected.len()).ok()?;
        Some(verify_slices_are_equal(digest.as_bytes(), expected.as_bytes()).is_ok())
    }

    fn digest(&mut self, secret: &[u8], salt: &Salt, params: Params, length: usize) -> anyhow::Result<Output> {
        let blocks = params.block_count();
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::new());
        }
        let mut digest = vec![0; length];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(secret, salt, &mut digest, &mut self.0[..blocks])
            .map_err(anyhow::Error::msg)?;
        Output::new(&digest).map_err(anyhow::Error::msg)
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordVerifier;

    use super::*;

    #[test]
    fn a_hash_is_what_others_take_for_one() {
        let mut workspace = Workspace::default();
        let hash = workspace.hash(b"correct horse").expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let parsed = PasswordHash::new(&hash).expect("a hash");
        assert!(Argon2::default().verify_password(b"correct horse", &parsed).is_ok());
        assert!(workspace.verify(b"correct horse", &hash));
        assert!(!workspace.verify(b"Correct horse", &hash));
        assert_ne!(workspace.hash(b"correct horse").expect("a hash"), hash, "each has a salt of its own");
    }

    #[test]
    fn what_is_no_hash_of_ours_matches_nothing() {
        let mut workspace = Workspace::default();
        for text in [
            "",
            "correct horse",
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ",
            "$argon2i$v=19$m=16,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
        ] {
            assert!(!workspace.verify(b"correct horse", text), "{text}");
        }
    }
}
