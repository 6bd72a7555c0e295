use std::collections::BTreeMap;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Jsonb;
use serde::{Deserialize, Serialize};

/// A name by language (BCP 47).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromSqlRow, AsExpression)]
#[diesel(sql_type = Jsonb)]
pub struct Names(pub BTreeMap<String, String>);

impl Names {
    /// The name for a locale such as `zh-Hant-TW`: the nearest there is, by dropping its subtags from the right.
    pub fn get(&self, locale: &str) -> Option<&str> {
        let locale = locale.replace('_', "-");
        let mut tag = locale.as_str();
        loop {
            let found = self.0.iter().find(|(language, _)| language.eq_ignore_ascii_case(tag));
            if let Some((_, name)) = found {
                return Some(name);
            }
            tag = tag.rsplit_once('-')?.0;
        }
    }
}

impl FromSql<Jsonb, Pg> for Names {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let json = <serde_json::Value as FromSql<Jsonb, Pg>>::from_sql(value)?;
        Ok(serde_json::from_value(json)?)
    }
}

impl ToSql<Jsonb, Pg> for Names {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let json = serde_json::to_value(self)?;
        ToSql::<Jsonb, Pg>::to_sql(&json, &mut out.reborrow())
    }
}
