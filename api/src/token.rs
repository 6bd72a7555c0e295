//! Access tokens: JWTs signed with EdDSA.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// Signs and verifies access tokens.
#[derive(Clone)]
pub struct Tokens {
    signing: EncodingKey,
    verifying: DecodingKey,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: db::UserId,
    iat: i64,
    exp: i64,
}

const ISSUER: &str = "linli";
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// Where the key of a private installation is.
pub fn private_key(data_dir: &Path) -> PathBuf {
    data_dir.join("signing-key.pem")
}

impl Tokens {
    /// Reads an Ed25519 key in PEM (PKCS #8), as `openssl genpkey -algorithm ed25519` writes it.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let pem =
            fs::read_to_string(file).with_context(|| format!("the signing key {} can't be read", file.display()))?;
        Self::parse(&pem).with_context(|| format!("{} is no signing key", file.display()))
    }

    /// Reads the key, or makes one if there is no such file.
    pub fn read_or_create(file: &Path) -> anyhow::Result<Self> {
        let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
        match created {
            Ok(mut created) => created.write_all(generate()?.as_bytes()).context("the signing key can't be written")?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => bail!("the signing key {} can't be made: {error}", file.display()),
        }
        Self::read(file)
    }

    fn parse(pem: &str) -> anyhow::Result<Self> {
        let expected = || anyhow!("expected an Ed25519 private key in PEM (PKCS #8)");
        let body = pem.trim().strip_prefix(PEM_BEGIN).and_then(|pem| pem.strip_suffix(PEM_END)).ok_or_else(expected)?;
        let der = STANDARD.decode(body.split_whitespace().collect::<String>()).map_err(|_| expected())?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map_err(|_| expected())?;
        Ok(Self {
            signing: EncodingKey::from_ed_der(&der),
            verifying: DecodingKey::from_ed_der(pair.public_key().as_ref()),
        })
    }

    pub fn issue(&self, user: db::UserId, lifetime: Duration) -> anyhow::Result<String> {
        let now = Utc::now();
        let claims = Claims { iss: ISSUER.into(), sub: user, iat: now.timestamp(), exp: (now + lifetime).timestamp() };
        Ok(jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.signing)?)
    }

    /// Whom the token was issued to; none if it is forged, expired or not ours.
    pub fn verify(&self, token: &str) -> Option<db::UserId> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.leeway = 5;
        let token = jsonwebtoken::decode::<Claims>(token, &self.verifying, &validation).ok()?;
        Some(token.claims.sub)
    }
}

fn generate() -> anyhow::Result<String> {
    let pair = Ed25519KeyPair::generate().map_err(|_| anyhow!("no signing key can be generated"))?;
    let der = pair.to_pkcs8v1().map_err(|_| anyhow!("the signing key can't be encoded"))?;
    Ok(format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", STANDARD.encode(der.as_ref())))
}
