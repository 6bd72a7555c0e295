use diesel::QueryableByName;
use diesel::sql_types::Uuid as SqlUuid;
use uuid::Uuid;

use crate::RowId;

/// What a statement returns of each row that it changed.
#[derive(QueryableByName)]
pub(crate) struct Changed {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// What kind of row an id is of; none if it is of no kind that is kept.
pub(crate) type Kind = Option<fn(Uuid) -> RowId>;

pub(crate) const USERS: Kind = Some(|id| RowId::User(id.into()));
pub(crate) const SHOPS: Kind = Some(|id| RowId::Shop(id.into()));
pub(crate) const REVIEWS: Kind = Some(|id| RowId::Review(id.into()));

impl Changed {
    pub(crate) fn rows(kind: Kind, changed: Vec<Self>) -> Vec<RowId> {
        kind.map(|kind| changed.into_iter().map(|row| kind(row.id)).collect()).unwrap_or_default()
    }
}
