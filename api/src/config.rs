use std::net::SocketAddr;
use std::path::PathBuf;

use crate::{live, mail};

/// How the API is served.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Server")]
#[group(id = "server")]
pub struct Config {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "LINLI_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8000", value_parser = address)]
    pub listen: SocketAddr,

    /// Ed25519 private key (PEM, PKCS #8) that signs access tokens
    ///
    /// With DATABASE_URL it must be given: `openssl genpkey -algorithm ed25519 -out FILE` makes one. Without, one is
    /// made in the data directory.
    #[arg(long, env = "LINLI_SIGNING_KEY", value_name = "FILE")]
    pub signing_key: Option<PathBuf>,

    /// More Ed25519 keys (PEM, private or public), whose access tokens are accepted as well
    ///
    /// To change the signing key and log nobody out: give all servers the new key as accepted; then make it the signing
    /// key, and the old one accepted; then drop the old one, once its tokens have expired (15 minutes).
    #[arg(long, env = "LINLI_ACCEPTED_KEYS", value_name = "FILE,FILE", value_delimiter = ',')]
    pub accepted_keys: Vec<PathBuf>,

    /// Largest request body, in bytes
    #[arg(long, env = "LINLI_MAX_BODY_BYTES", value_name = "BYTES", default_value_t = 256 * 1024)]
    #[arg(value_parser = clap::value_parser!(u32).range(1_024..=16_777_216))]
    pub max_body_bytes: u32,

    /// How long to let requests finish once asked to stop, in seconds
    #[arg(long, env = "LINLI_SHUTDOWN_GRACE_SECONDS", value_name = "S", default_value_t = 25)]
    #[arg(value_parser = clap::value_parser!(u16).range(0..=600))]
    pub shutdown_grace_seconds: u16,

    /// Tell in a `Server-Timing` header how many SQL statements a request took, and how long
    #[arg(long, env = "LINLI_SERVER_TIMING")]
    pub server_timing: bool,

    #[command(flatten)]
    pub live: live::Config,

    #[command(flatten)]
    pub mail: mail::Config,
}

pub(crate) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:8000 or [::]:8000")
}
