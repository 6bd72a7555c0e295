//! Enums that are words in the database.

macro_rules! words {
    ($name:ident { $($variant:ident $word:literal)* }) => {
        impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                let word = match self { $(Self::$variant => $word),* };
                std::io::Write::write_all(out, word.as_bytes())?;
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                match std::str::from_utf8(value.as_bytes())? {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(concat!("not a word for ", stringify!($name)).into()),
                }
            }
        }
    };
}

pub(crate) use words;
