use std::time::Duration;

use futures_util::StreamExt;
use redis::RedisResult;
use redis::aio::{PubSubSink, PubSubStream};

use super::Place;
use super::connection::{server, within};

/// A connection that hears what is published on its channels. Each question it asks is answered within a second, or fails.
pub(crate) struct Subscriber {
    sink: PubSubSink,
    stream: PubSubStream,
}

const LONGEST_SILENCE: Duration = Duration::from_secs(1);

/// How many channels are named in one question.
const BATCH: usize = 1024;

impl Subscriber {
    /// In a cluster, every node hears what is published on any.
    pub(crate) async fn open(place: &Place) -> RedisResult<Self> {
        let client = within(LONGEST_SILENCE, server(place)).await?;
        let (sink, stream) = within(LONGEST_SILENCE, client.get_async_pubsub()).await?.split();
        Ok(Self { sink, stream })
    }

    /// Returns when Redis has confirmed it.
    pub(crate) async fn subscribe(&mut self, channels: &[String]) -> RedisResult<()> {
        for channels in channels.chunks(BATCH) {
            within(LONGEST_SILENCE, self.sink.subscribe(channels)).await?;
        }
        Ok(())
    }

    pub(crate) async fn unsubscribe(&mut self, channels: &[String]) -> RedisResult<()> {
        for channels in channels.chunks(BATCH) {
            within(LONGEST_SILENCE, self.sink.unsubscribe(channels)).await?;
        }
        Ok(())
    }

    pub(crate) async fn ping(&mut self) -> RedisResult<()> {
        within(LONGEST_SILENCE, self.sink.ping()).await
    }

    /// The next message and its channel; none when the connection has ended. May be dropped without losing any.
    pub(crate) async fn next(&mut self) -> Option<(String, Vec<u8>)> {
        let message = self.stream.next().await?;
        Some((message.get_channel_name().to_owned(), message.get_payload_bytes().to_vec()))
    }
}
