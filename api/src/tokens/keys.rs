//! Ed25519 keys, as files hold them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, anyhow};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

/// A key that signs.
pub(super) struct Private {
    pub(super) key: EncodingKey,
    pub(super) public: Public,
}

/// A key that verifies.
pub(super) struct Public {
    /// The thumbprint of RFC 7638, which whoever has the key can compute: nobody has to give keys names.
    pub(super) kid: String,
    pub(super) jwk: Jwk,
}

const PRIVATE: &str = "PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";

/// What precedes the 32 bytes of a public key in DER (`SubjectPublicKeyInfo`, RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

impl Private {
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        Self::parse(&text(file)?)?.context(
            "expected an Ed25519 private key in PEM (PKCS #8), as `openssl genpkey -algorithm ed25519` writes it",
        )
    }

    fn parse(pem: &str) -> anyhow::Result<Option<Self>> {
        let Some(der) = der(pem, PRIVATE) else { return Ok(None) };
        let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) else { return Ok(None) };
        Ok(Some(Self { key: EncodingKey::from_ed_der(&der), public: Public::new(pair.public_key().as_ref())? }))
    }
}

impl Public {
    /// Reads a public key, or the public half of a private one.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let pem = text(file)?;
        if let Some(private) = Private::parse(&pem)? {
            return Ok(private.public);
        }
        let der = der(&pem, PUBLIC);
        let key = der.as_deref().and_then(|der| der.strip_prefix(&SPKI)).filter(|key| key.len() == 32);
        Self::new(key.context(
            "expected an Ed25519 key in PEM, private (PKCS #8) or public (as `openssl pkey -pubout` writes it)",
        )?)
    }

    fn new(key: &[u8]) -> anyhow::Result<Self> {
        let mut jwk = Jwk::from_decoding_key(&DecodingKey::from_ed_der(key), Some(Algorithm::EdDSA))?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { kid, jwk })
    }
}

/// Makes a key at once or not at all, so that nobody ever finds half of one.
pub(super) fn create_if_missing(file: &Path) -> anyhow::Result<()> {
    if file.exists() {
        return Ok(());
    }
    let draft = file.with_added_extension(std::process::id().to_string());
    let made = write_private(&draft, &generate()?).and_then(|()| match fs::hard_link(&draft, file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    // There is none if it was not made, and else it is under its own name by now.
    fs::remove_file(&draft).ok();
    made.context("can't be made")
}

fn write_private(file: &Path, content: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}

/// Whether it holds a private key and others than its owner may read it.
pub(super) fn is_exposed(file: &Path) -> bool {
    let for_others = fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0);
    for_others && fs::read_to_string(file).is_ok_and(|pem| der(&pem, PRIVATE).is_some())
}

fn text(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).context("can't be read")
}

/// The content of a PEM file that holds one thing.
fn der(pem: &str, label: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix(&begin(label))?.strip_suffix(&end(label))?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

fn generate() -> anyhow::Result<String> {
    let pair = Ed25519KeyPair::generate().map_err(|_| anyhow!("can't be generated"))?;
    let der = pair.to_pkcs8v1().map_err(|_| anyhow!("can't be encoded"))?;
    Ok(format!("{}\n{}\n{}\n", begin(PRIVATE), STANDARD.encode(der.as_ref()), end(PRIVATE)))
}

fn begin(label: &str) -> String {
    format!("-----BEGIN {label}-----")
}

fn end(label: &str) -> String {
    format!("-----END {label}-----")
}
