//! Access tokens: JWTs signed with EdDSA. One key signs; the tokens of several are accepted.

mod keys;

use std::iter;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use self::keys::{Private, Public};

/// Who sends a request, as their access token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    pub user: db::UserId,
    /// None if nobody logged in for the token.
    pub session: Option<db::SessionId>,
}

/// What a good access token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    pub bearer: Bearer,
    /// When it proves nothing any more.
    pub until: DateTime<Utc>,
}

/// Signs and verifies access tokens.
#[derive(Clone)]
pub struct Tokens {
    header: Header,
    signing: EncodingKey,
    /// The only list of keys: what verifies is what is published.
    accepted: JwkSet,
    exposed: Vec<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: db::UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<db::SessionId>,
    iat: i64,
    exp: i64,
}

const ISSUER: &str = "linli";

/// By how many seconds clocks may differ.
const LEEWAY: i64 = 5;

/// Where the key of a private installation is.
pub fn private_key(data_dir: &Path) -> PathBuf {
    data_dir.join("signing-key.pem")
}

impl Tokens {
    /// Reads the key that signs, and those whose tokens are accepted besides.
    pub fn read(signing: &Path, accepted: &[PathBuf]) -> anyhow::Result<Self> {
        let files = iter::once(signing).chain(accepted.iter().map(PathBuf::as_path));
        let exposed = files.filter(|file| keys::is_exposed(file)).map(Path::to_owned).collect();
        let signing = Private::read(signing).with_context(|| format!("the signing key {}", signing.display()))?;
        let mut tokens = Self {
            header: Header { kid: Some(signing.public.kid), ..Header::new(Algorithm::EdDSA) },
            signing: signing.key,
            accepted: JwkSet { keys: vec![signing.public.jwk] },
            exposed,
        };
        for file in accepted {
            let public = Public::read(file).with_context(|| format!("the accepted key {}", file.display()))?;
            if tokens.accepted.find(&public.kid).is_none() {
                tokens.accepted.keys.push(public.jwk);
            }
        }
        Ok(tokens)
    }

    /// Reads the keys, and makes the one that signs if there is no such file.
    pub fn read_or_create(signing: &Path, accepted: &[PathBuf]) -> anyhow::Result<Self> {
        keys::create_if_missing(signing).with_context(|| format!("the signing key {}", signing.display()))?;
        Self::read(signing, accepted)
    }

    pub fn issue(&self, bearer: Bearer, lifetime: Duration) -> anyhow::Result<String> {
        let now = Utc::now();
        let claims = Claims {
            iss: ISSUER.into(),
            sub: bearer.user,
            sid: bearer.session,
            iat: now.timestamp(),
            exp: (now + lifetime).timestamp(),
        };
        Ok(jsonwebtoken::encode(&self.header, &claims, &self.signing)?)
    }

    /// What the token says; nothing if it is forged, expired or not ours.
    pub fn verify(&self, token: &str) -> Option<Proof> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let key = DecodingKey::from_jwk(self.accepted.find(&kid)?).ok()?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.leeway = LEEWAY.unsigned_abs();
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).ok()?.claims;
        let until = DateTime::from_timestamp(claims.exp.checked_add(LEEWAY)?, 0)?;
        Some(Proof { bearer: Bearer { user: claims.sub, session: claims.sid }, until })
    }

    /// What the token in an `Authorization` header says.
    pub fn authorize(&self, authorization: &str) -> Option<Proof> {
        let (scheme, token) = authorization.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") { self.verify(token.trim()) } else { None }
    }

    /// The public keys, for whoever wants to verify access tokens by themselves.
    pub fn jwks(&self) -> &JwkSet {
        &self.accepted
    }

    /// The files of private keys that others than their owner may read.
    pub fn exposed(&self) -> &[PathBuf] {
        &self.exposed
    }
}

#[cfg(test)]
mod tests;
