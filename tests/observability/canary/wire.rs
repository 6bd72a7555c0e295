use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::JoinHandle;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// A way to the database for tests that leads by a port of its own, and wants to be told a password, whether or not it is asked for.
pub(super) struct Wire {
    pub(super) url: String,
    pub(super) password: String,
    passing: JoinHandle<()>,
}

impl Wire {
    pub(super) async fn to(database_url: &str, password: &str) -> Self {
        let config: Arc<Config> = Arc::new(database_url.parse().expect("an address"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let password = config.get_password().map_or(password.into(), |own| String::from_utf8_lossy(own).into_owned());
        let (user, database) = (config.get_user().expect("a user"), config.get_dbname().expect("a name"));
        let options = config.get_options().unwrap_or_default().replace('=', "%3D").replace(',', "%2C");
        let url = format!("postgres://{user}:{password}@127.0.0.1:{port}/{database}?options={options}");
        Self { url, password, passing: tokio::spawn(pass(listener, config)) }
    }

    /// Nobody gets through any more.
    pub(super) fn cut(&self) {
        self.passing.abort();
    }
}

async fn pass(listener: TcpListener, config: Arc<Config>) {
    // They end with this.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let config = config.clone();
        connections.spawn(async move {
            let port = config.get_ports().first().copied().unwrap_or(5432);
            match config.get_hosts().first().expect("a host") {
                Host::Unix(folder) => {
                    let socket = folder.join(format!(".s.PGSQL.{port}"));
                    join(stream, UnixStream::connect(socket).await.expect("a connection")).await;
                }
                Host::Tcp(host) => join(stream, TcpStream::connect((&**host, port)).await.expect("a connection")).await,
            }
        });
    }
}

async fn join(mut one: TcpStream, mut other: impl AsyncRead + AsyncWrite + Unpin) {
    // However it ends, it is over.
    let _ = copy_bidirectional(&mut one, &mut other).await;
}
