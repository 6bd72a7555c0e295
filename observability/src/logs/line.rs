use std::fmt;

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Level, Metadata};

use crate::TraceContext;
use crate::vocabulary::{CONTEXT, of_event, of_span};

/// What is said, and in which spans.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) level: Level,
    pub(crate) said: Said,
}

/// Fields and what they have been set to last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said(pub(crate) Map<String, Value>);

/// Of the fields of a span or an event, those that lines shall have.
pub(crate) struct Known<'a> {
    said: &'a mut Said,
    name: Name,
}

/// What a line calls a field.
type Name = fn(&'static str) -> Option<&'static str>;

/// Longest value of a field. What is longer is cut.
const LONGEST: usize = 16 * 1024;

impl Line {
    pub(crate) fn new(metadata: &Metadata<'_>) -> Self {
        let mut said = Map::new();
        said.insert("timestamp".into(), Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true).into());
        said.insert("level".into(), metadata.level().as_str().into());
        said.insert("target".into(), metadata.target().into());
        Self { level: *metadata.level(), said: Said(said) }
    }

    /// Adds what was said of a span that this line is in, unless it was said closer by.
    pub(crate) fn add(&mut self, span: &Said) {
        for (name, value) in &span.0 {
            if !self.said.0.contains_key(name) {
                self.said.0.insert(name.clone(), value.clone());
            }
        }
    }

    /// How much text it has.
    pub(crate) fn size(&self) -> usize {
        self.said.0.iter().map(|(name, value)| name.len() + value.as_str().map_or(0, str::len)).sum()
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(&self.said.0).unwrap_or_default()
    }
}

impl<'a> Known<'a> {
    pub(crate) fn of_span(said: &'a mut Said) -> Self {
        Self { said, name: of_span }
    }

    pub(crate) fn of_event(said: &'a mut Said) -> Self {
        Self { said, name: of_event }
    }

    fn say(&mut self, field: &Field, value: impl Into<Value>) {
        if let Some(name) = (self.name)(field.name()) {
            self.said.0.insert(name.to_owned(), value.into());
        }
    }
}

impl Visit for Known<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            CONTEXT => {
                if let Some(context) = TraceContext::parse(value) {
                    self.said.0.insert("trace_id".into(), context.trace_id().into());
                    self.said.0.insert("span_id".into(), context.span_id().into());
                }
            }
            _ => self.say(field, cut(value)),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.say(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.say(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.say(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.say(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.record_str(field, &value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // What nobody will read is not written.
        if field.name() == CONTEXT || (self.name)(field.name()).is_some() {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}
