//! GraphQL over WebSocket, as the protocol `graphql-transport-ws` has it.

mod connecting;
mod limits;
mod missed;
mod news;
mod operations;
