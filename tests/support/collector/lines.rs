use std::collections::BTreeMap;

use loki_api::logproto::PushRequest;
use loki_api::prost::Message;
use serde_json::Value;

pub(super) const PUSH: &str = "/loki/api/v1/push";

/// A line, and the labels of the stream that it is in.
#[derive(Clone, Debug)]
pub struct Line {
    pub labels: BTreeMap<String, String>,
    pub said: Value,
}

impl Line {
    pub fn message(&self) -> &str {
        self.said["message"].as_str().unwrap_or_default()
    }
}

pub(super) fn read(message: &[u8]) -> Vec<Line> {
    let request = PushRequest::decode(message).expect("lines");
    let mut lines = Vec::new();
    for stream in request.streams {
        let labels = labels(&stream.labels);
        let said = stream.entries.into_iter().map(|entry| serde_json::from_str(&entry.line).expect("JSON"));
        lines.extend(said.map(|said| Line { labels: labels.clone(), said }));
    }
    lines
}

/// Those of a selector such as `{env="test",level="info"}`, none of whose values has a comma in it.
fn labels(selector: &str) -> BTreeMap<String, String> {
    let inner = selector.trim_start_matches('{').trim_end_matches('}');
    let pairs = inner.split(',').map(|pair| pair.split_once('=').expect("a label"));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim_matches('"').to_owned())).collect()
}
