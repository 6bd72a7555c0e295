use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{Error, Result};

/// A session, and what only its owner knows. The database knows the hash: a fast one will do for what is random.
pub(super) struct RefreshToken {
    pub(super) session: db::SessionId,
    secret: [u8; 32],
}

impl RefreshToken {
    pub(super) fn new(session: db::SessionId) -> Result<Self> {
        let mut secret = [0; 32];
        aws_lc_rs::rand::fill(&mut secret).map_err(|_| Error::Internal("there is no randomness"))?;
        Ok(Self { session, secret })
    }

    pub(super) fn hash(&self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, &self.secret).as_ref());
        hash
    }

    pub(super) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode([self.session.to_bytes().as_slice(), &self.secret].concat())
    }

    /// None if it is no token of ours.
    pub(super) fn decode(token: &str) -> Option<Self> {
        let mut bytes = [0; 48];
        let length = URL_SAFE_NO_PAD.decode_slice(token.trim(), &mut bytes).ok()?;
        let (session, secret) = bytes[..length].split_first_chunk()?;
        Some(Self { session: db::SessionId::from_bytes(*session), secret: secret.try_into().ok()? })
    }
}
