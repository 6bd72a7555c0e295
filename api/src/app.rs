//! What the server is made of.

use anyhow::Context;
use chrono::{DateTime, Utc};
use observability::{Telemetry, TraceContext};

use crate::accounts::{Accounts, Hasher};
use crate::config::Config;
use crate::doors::accounts::Entrance;
use crate::doors::fields::Fields;
use crate::doors::{self, storage};
use crate::graphql::Types;
use crate::live::{Live, Turns};
use crate::mail::MailRoom;
use crate::schema::{self, Schema};
use crate::tokens::Tokens;
use crate::visits::Visits;

/// Shared by all requests.
pub struct App {
    pub(crate) config: Config,
    pub(crate) postgres: db::Postgres,
    pub(crate) memory: db::Memory,
    pub(crate) schema: Schema,
    /// The same, whose fields are seen.
    seen: Schema,
    pub(crate) types: Types,
    pub(crate) tokens: Tokens,
    pub(crate) live: Live,
    pub(crate) telemetry: Telemetry,
    pub visits: Visits,
    /// What time it is to resolvers; tests choose another.
    pub clock: fn() -> DateTime<Utc>,
}

impl App {
    pub fn new(
        config: Config,
        postgres: db::Postgres,
        memory: db::Memory,
        tokens: Tokens,
        mail: MailRoom,
        telemetry: Telemetry,
    ) -> anyhow::Result<Self> {
        let entrance = Entrance::new(&telemetry.metrics);
        let accounts =
            Accounts { tokens: tokens.clone(), hasher: Hasher::watched_by(entrance.clone())?, mail, entrance };
        let visits = Visits::default();
        let build = || schema::build().data(accounts.clone()).data(memory.clone()).data(visits.clone());
        let schema = build().finish();
        let seen = build().extension(Fields::new(telemetry.metrics.clone())).finish();
        let types = Types::of(&schema.sdl()).context("the schema can't be read")?;
        doors::show(&telemetry.metrics, types.fields_of("Subscription"));
        let live = Live::new(&config.live, Turns::over(postgres.pool().max));
        let postgres = storage::watched(&postgres, &memory, &telemetry.metrics);
        Ok(Self { config, postgres, memory, schema, seen, types, tokens, live, telemetry, visits, clock: Utc::now })
    }

    /// What executes queries and mutations of a trace.
    pub(crate) fn schema_for(&self, trace: TraceContext) -> &Schema {
        if trace.is_sampled() { &self.seen } else { &self.schema }
    }
}
