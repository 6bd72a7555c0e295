use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// The first key of RFC 8032 (7.1), as three programs might write it.
const PKCS8_V1: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";
const PKCS8_V2: &str = "-----BEGIN PRIVATE KEY-----\r\n\
    MFECAQEwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\r\n\
    gSEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\r\n\
    -----END PRIVATE KEY-----\r\n";
const SPKI: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    -----END PUBLIC KEY-----\n";

/// Its thumbprint, by RFC 8037 (A.3).
const KID: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

/// Keys of X25519, which sign nothing.
const X25519: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VuAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    -----END PUBLIC KEY-----\n";
const X25519_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VuBCIEIOD54SJqeodXJv8hZzzD88xBDSM3Wa9lcdtEokntbI9u\n\
    -----END PRIVATE KEY-----\n";

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        fs::write(self.path(name), content).expect("a file");
        self.path(name)
    }
}

fn kids(tokens: &Tokens) -> Vec<&str> {
    tokens.jwks().keys.iter().filter_map(|jwk| jwk.common.key_id.as_deref()).collect()
}

fn refusal(read: anyhow::Result<Tokens>) -> String {
    read.err().map(|error| format!("{error:#}")).expect("a refusal")
}

#[test]
fn a_token_brings_back_its_bearer() {
    let folder = Folder::new();
    let tokens = Tokens::read_or_create(&folder.path("key"), &[]).expect("a key");
    for session in [None, Some(db::SessionId::new())] {
        let bearer = Bearer { user: db::UserId::new(), session };
        let token = tokens.issue(bearer, Duration::minutes(15)).expect("a token");
        assert_eq!(tokens.verify(&token).map(|proof| proof.bearer), Some(bearer));
        let claims: Value = jsonwebtoken::dangerous::insecure_decode(&token).expect("claims").claims;
        assert_eq!(claims.get("sid").is_some(), session.is_some());
    }
}

#[test]
fn one_key_has_one_name_however_it_is_written() {
    let folder = Folder::new();
    let files = [PKCS8_V1, PKCS8_V2, SPKI].map(|pem| folder.file(&pem.len().to_string(), pem));
    for signing in &files[..2] {
        let tokens = Tokens::read(signing, &files).expect("keys");
        assert_eq!(kids(&tokens), [KID]);
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "kid": KID, "alg": "EdDSA", "use": "sig" });
        assert_eq!(serde_json::to_value(tokens.jwks()).expect("JSON"), json!({ "keys": [jwk] }));
    }
}

#[test]
fn a_key_is_made_once_and_for_its_owner_alone() {
    let folder = Folder::new();
    let file = folder.path("key");
    let first = Tokens::read_or_create(&file, &[]).expect("a key");
    let again = Tokens::read_or_create(&file, &[]).expect("a key");
    assert_eq!(kids(&first), kids(&again));
    assert_eq!(first.exposed(), [] as [PathBuf; 0]);
}

#[test]
fn private_keys_that_others_may_read_are_told_and_public_ones_are_not() {
    let folder = Folder::new();
    let (signing, public) = (folder.file("signing", PKCS8_V1), folder.file("public", SPKI));
    fs::set_permissions(&public, Permissions::from_mode(0o644)).expect("permissions");
    for (mode, exposed) in [(0o600, false), (0o640, true), (0o604, true)] {
        fs::set_permissions(&signing, Permissions::from_mode(mode)).expect("permissions");
        let tokens = Tokens::read(&signing, std::slice::from_ref(&public)).expect("keys");
        assert_eq!(tokens.exposed().contains(&signing), exposed, "{mode:o}");
        assert!(!tokens.exposed().contains(&public));
    }
}

#[test]
fn what_is_no_key_is_named_with_what_was_expected() {
    let folder = Folder::new();
    let good = folder.file("good", PKCS8_V1);
    let twice = PKCS8_V1.repeat(2);
    for (name, pem) in [
        ("empty", ""),
        ("garbage", "-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----"),
        ("short", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qY\n-----END PUBLIC KEY-----"),
        ("two", &twice),
        ("other", X25519),
        ("other-private", X25519_PRIVATE),
    ] {
        let file = folder.file(name, pem);
        let told = refusal(Tokens::read(&file, &[]));
        assert!(
            told.starts_with(&format!("the signing key {}: expected an Ed25519 private key", file.display())),
            "{told}"
        );
        let told = refusal(Tokens::read(&good, std::slice::from_ref(&file)));
        assert!(told.starts_with(&format!("the accepted key {}: expected an Ed25519 key", file.display())), "{told}");
    }
    let public = folder.file("public", SPKI);
    assert!(refusal(Tokens::read(&public, &[])).contains("expected an Ed25519 private key"));
    let missing = folder.path("missing");
    let told = refusal(Tokens::read(&good, std::slice::from_ref(&missing)));
    assert!(told.starts_with(&format!("the accepted key {}: can't be read", missing.display())), "{told}");
}
