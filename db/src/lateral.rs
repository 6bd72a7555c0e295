//! `cross join lateral`: the same page of many parents in one statement, prepared once, which `sql_query` is not.

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{self, Array, BigInt};
use uuid::Uuid;

/// Runs `page` once for each of the given parents. In `page`, [`Parent`] is the id of the parent.
///
/// A nested loop is PostgreSQL's only plan for a lateral subquery with a limit, so the rows of one parent come in the order
/// of `page`.
pub(crate) fn for_each<Id: Into<Uuid> + Copy, Q>(parents: &[Id], page: Q) -> Lateral<Ids, Q> {
    Lateral { parents: Ids(parents.iter().map(|&id| id.into()).collect()), page }
}

/// Runs `page` for each id that `parents` selects, and keeps those `limit` rows with the greatest ids.
pub(crate) fn newest_of<P, Q>(parents: P, page: Q, limit: i64) -> Newest<P, Q> {
    Newest { lateral: Lateral { parents: Selected(parents), page }, limit }
}

/// The id of the parent for which a page is wanted.
#[derive(Clone, Copy, Debug, QueryId)]
pub(crate) struct Parent;

#[derive(Clone, Debug, QueryId)]
pub(crate) struct Ids(Vec<Uuid>);

#[derive(Clone, Copy, Debug, QueryId)]
pub(crate) struct Selected<P>(P);

#[derive(Clone, Copy, Debug, QueryId)]
pub(crate) struct Lateral<P, Q> {
    parents: P,
    page: Q,
}

#[derive(Clone, Copy, Debug, QueryId)]
pub(crate) struct Newest<P, Q> {
    lateral: Lateral<Selected<P>, Q>,
    limit: i64,
}

impl<P, Q: Query> Query for Lateral<P, Q> {
    type SqlType = (sql_types::Uuid, Q::SqlType);
}

impl<P, Q: Query> Query for Newest<P, Q> {
    type SqlType = (sql_types::Uuid, Q::SqlType);
}

impl<P, Q, Conn> RunQueryDsl<Conn> for Lateral<P, Q> {}
impl<P, Q, Conn> RunQueryDsl<Conn> for Newest<P, Q> {}

impl QueryFragment<Pg> for Ids {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("unnest(");
        out.push_bind_param::<Array<sql_types::Uuid>, _>(&self.0)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<P: QueryFragment<Pg>> QueryFragment<Pg> for Selected<P> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

impl<P: QueryFragment<Pg>, Q: QueryFragment<Pg>> QueryFragment<Pg> for Lateral<P, Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("select parent.id, page.* from ");
        self.parents.walk_ast(out.reborrow())?;
        out.push_sql(" as parent (id) cross join lateral (");
        self.page.walk_ast(out.reborrow())?;
        out.push_sql(") as page");
        Ok(())
    }
}

impl<P: QueryFragment<Pg>, Q: QueryFragment<Pg>> QueryFragment<Pg> for Newest<P, Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.lateral.walk_ast(out.reborrow())?;
        out.push_sql(" order by page.id desc limit ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        Ok(())
    }
}

impl Expression for Parent {
    type SqlType = sql_types::Uuid;
}

impl<Source> AppearsOnTable<Source> for Parent {}
impl<Source> SelectableExpression<Source> for Parent {}

impl<GroupBy> ValidGrouping<GroupBy> for Parent {
    type IsAggregate = diesel::expression::is_aggregate::Never;
}

impl<DB: Backend> QueryFragment<DB> for Parent {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("parent.id");
        Ok(())
    }
}
