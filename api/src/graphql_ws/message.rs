use async_graphql::ServerError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::graphql::{Parameters, Said};

/// What clients say.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Incoming {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Pong {
        #[serde(default, rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    Subscribe {
        id: String,
        payload: Box<Parameters>,
    },
    Complete {
        id: String,
    },
}

impl Incoming {
    /// The message, or what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let message = serde_json::from_str(text).map_err(|error| format!("the message is not valid: {error}"))?;
        match &message {
            Self::Subscribe { id, .. } | Self::Complete { id } if id.is_empty() => {
                Err("the message is not valid: `id` is empty".into())
            }
            _ => Ok(message),
        }
    }
}

/// What we say.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Outgoing<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    Next {
        id: &'a str,
        payload: Said<'a>,
    },
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
}

pub(super) fn connection_ack() -> String {
    write(&Outgoing::ConnectionAck)
}

pub(super) fn pong(payload: Option<Map<String, Value>>) -> String {
    write(&Outgoing::Pong { payload })
}

pub(super) fn next(id: &str, payload: Said<'_>) -> String {
    write(&Outgoing::Next { id, payload })
}

pub(super) fn error(id: &str, payload: &[ServerError]) -> String {
    write(&Outgoing::Error { id, payload })
}

pub(super) fn complete(id: &str) -> String {
    write(&Outgoing::Complete { id })
}

fn write(message: &Outgoing<'_>) -> String {
    serde_json::to_string(message).expect("a message is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_protocol_does_not_know_is_refused() {
        for text in [
            "",
            "{",
            "null",
            "[]",
            "{}",
            r#""ping""#,
            r#"{"type":"start"}"#,
            r#"{"type":1}"#,
            r#"{"type":"connection_init","payload":"token"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"subscribe","payload":{"query":"{ __typename }"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{ __typename }"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{ __typename }"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":null}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"connection_ack"}"#,
        ] {
            assert!(Incoming::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_may_be_left_out_may_be_left_out() {
        for text in [
            r#"{"type":"connection_init"}"#,
            r#"{"payload":null,"type":"connection_init"}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"pong","payload":{"a":1}}"#,
            r#"{"type":"complete","id":"1","and":"more"}"#,
        ] {
            assert!(Incoming::parse(text).is_ok(), "{text}");
        }
    }
}
