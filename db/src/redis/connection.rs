use std::io;
use std::time::Duration;

use futures_util::future::{join_all, select_ok};
use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::SingleNodeRoutingInfo;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, RedisResult, Value, cmd};
use tokio::time::timeout;

use super::address::{Place, elsewhere};
use super::error::is_end_of_connection;

/// Shared by all who send: commands of many travel on it at the same time.
#[derive(Clone)]
pub(super) enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// Nobody waits for a connection to be made, so it may take longer than a command.
const CONNECTING: Duration = Duration::from_secs(1);

impl Connection {
    pub(super) async fn open(place: &Place, longest_wait: Duration) -> RedisResult<Self> {
        match place {
            Place::Server(client) => connect(client).await.map(Self::Server),
            Place::Sentinels { .. } => connect(&server(place).await?).await.map(Self::Server),
            Place::Cluster(nodes) => {
                // One retry follows a redirection.
                let client = ClusterClient::builder(nodes.iter().cloned())
                    .retries(1)
                    .connection_timeout(CONNECTING)
                    .response_timeout(longest_wait)
                    .build()?;
                within(CONNECTING * 2, client.get_async_connection()).await.map(Self::Cluster)
            }
        }
    }

    pub(super) async fn run<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        match self {
            Self::Server(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }

    pub(super) async fn run_all(&mut self, commands: &[Cmd]) -> RedisResult<Vec<Value>> {
        match self {
            Self::Server(connection) => pipeline(commands).query_async(connection).await,
            // A pipeline goes to one node, and their keys may be on all.
            Self::Cluster(connection) => {
                let answers = commands.iter().map(|command| {
                    let mut connection = connection.clone();
                    async move { command.query_async(&mut connection).await }
                });
                join_all(answers).await.into_iter().collect()
            }
        }
    }

    pub(super) async fn run_anywhere(&mut self, commands: &[Cmd]) -> RedisResult<Vec<Value>> {
        match self {
            Self::Server(connection) => pipeline(commands).query_async(connection).await,
            Self::Cluster(connection) => {
                let anywhere = SingleNodeRoutingInfo::Random;
                connection.route_pipeline(pipeline(commands), 0, commands.len(), anywhere).await
            }
        }
    }

    pub(super) fn is_cluster(&self) -> bool {
        matches!(self, Self::Cluster(_))
    }
}

fn pipeline(commands: &[Cmd]) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(commands.len());
    for command in commands {
        pipeline.add_command(command.clone());
    }
    pipeline
}

async fn connect(client: &Client) -> RedisResult<MultiplexedConnection> {
    // `Link` has a limit of its own.
    let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECTING)).set_response_timeout(None);
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// The server to talk to, or any node of a cluster.
pub(super) async fn server(place: &Place) -> RedisResult<Client> {
    match place {
        Place::Server(client) => Ok(client.clone()),
        Place::Cluster(nodes) => match fastrand::choice(nodes) {
            Some(node) => Client::open(node.clone()),
            None => Err(io::Error::from(io::ErrorKind::NotFound).into()),
        },
        Place::Sentinels { sentinels, master, any } => {
            // Some may not answer, so the first answer counts.
            let questions = sentinels.iter().map(|sentinel| Box::pin(ask(sentinel, master)));
            let ((host, port), _) = select_ok(questions).await?;
            Client::open(elsewhere(any, host, port))
        }
    }
}

/// Where a sentinel believes the master to be.
async fn ask(sentinel: &Client, master: &str) -> RedisResult<(String, u16)> {
    let mut connection = connect(sentinel).await?;
    let mut question = cmd("SENTINEL");
    question.arg("get-master-addr-by-name").arg(master);
    within(CONNECTING, question.query_async(&mut connection)).await
}

/// Whether a connection is of use: it is answered in time, and by nobody who says that they are no master.
pub(super) async fn try_out(connection: &mut Connection, longest_wait: Duration) -> RedisResult<()> {
    within(longest_wait, connection.run_anywhere(&[cmd("PING")])).await?;
    if connection.is_cluster() {
        return Ok(());
    }
    let role = within(longest_wait, connection.run::<Vec<Value>>(&cmd("ROLE"))).await;
    match role {
        Ok(role) if role.first().is_none_or(|role| *role != Value::BulkString(b"master".to_vec())) => {
            Err(io::Error::other("it is no master").into())
        }
        // Some hosts forbid the question.
        Err(error) if is_end_of_connection(&error) || error.is_timeout() => Err(error),
        _ => Ok(()),
    }
}

pub(super) async fn within<T>(limit: Duration, answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    match timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}
