use std::time::Duration;

/// How clients stay connected.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Sockets and streams")]
#[group(id = "live")]
pub struct Config {
    /// Origins whose pages may open sockets, besides our own, such as `https://app.example`
    ///
    /// Clients that are no browsers send no origin, and need not be listed.
    #[arg(long, env = "LINLI_ALLOWED_ORIGINS", value_name = "ORIGIN,ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub allowed_origins: Vec<String>,

    /// Most sockets and streams of this server
    ///
    /// Clients without an access token have half of them at the most, all together.
    #[arg(long, env = "LINLI_MAX_SOCKETS", value_name = "N", default_value_t = 10_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_sockets: u32,

    /// Most sockets and streams of one user
    #[arg(long, env = "LINLI_MAX_SOCKETS_PER_USER", value_name = "N", default_value_t = 20)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub max_sockets_per_user: u32,

    /// Most operations that one socket may have under way at a time
    #[arg(long, env = "LINLI_MAX_SUBSCRIPTIONS", value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub max_subscriptions: u32,

    /// How often to see whether a client is still there, in milliseconds
    ///
    /// A socket is pinged as often. When the third ping is due and the client has said nothing since the first, it is given up.
    #[arg(long, env = "LINLI_KEEP_ALIVE_MS", value_name = "MS", default_value_t = 10_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1_000..=600_000))]
    pub keep_alive_ms: u32,

    /// How long to wait for a client to introduce itself, or to take what it is sent, in milliseconds
    #[arg(long, env = "LINLI_SOCKET_TIMEOUT_MS", value_name = "MS", default_value_t = 10_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1_000..=600_000))]
    pub socket_timeout_ms: u32,
}

impl Config {
    pub(crate) fn keep_alive(&self) -> Duration {
        Duration::from_millis(self.keep_alive_ms.into())
    }

    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.socket_timeout_ms.into())
    }
}

fn origin(text: &str) -> Result<String, &'static str> {
    let host = text.split_once("://").map(|(_, host)| host).filter(|host| !host.is_empty() && !host.contains('/'));
    host.map(|_| text.to_ascii_lowercase()).ok_or("expected a scheme and a host, such as https://app.example")
}
