use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Address and port that the server listens on
    #[arg(long, env = "LINLI_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    #[arg(value_parser = crate::config::address)]
    listen: SocketAddr,
}

const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    check(options.listen).await.map(|()| ExitCode::SUCCESS)
}

/// Fails if no server is ready at the address.
pub(super) async fn check(listen: SocketAddr) -> anyhow::Result<()> {
    let address = reachable(listen);
    let status = tokio::time::timeout(TIMEOUT, ask(address)).await;
    let status = status.with_context(|| format!("no answer from {address} within {TIMEOUT:?}"))??;
    if !status.starts_with("HTTP/1.1 200") {
        bail!("{address} is not ready: {status}");
    }
    Ok(())
}

/// The status line of the answer.
async fn ask(address: SocketAddr) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await.with_context(|| format!("nothing listens at {address}"))?;
    let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.lines().next().unwrap_or("an empty answer").to_owned())
}

/// A server that listens on all addresses is reached at the loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = if listen.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { listen.ip() };
    SocketAddr::new(ip, listen.port())
}
