//! GraphQL over WebSocket, as the protocol `graphql-transport-ws` has it.

mod connecting;
mod limits;
mod news;
mod operations;
