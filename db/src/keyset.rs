//! `(a, b) < ($1, $2)`: a comparison of rows, which PostgreSQL answers from one index and Diesel has no word for.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Bool;

/// The rows behind a key in an ascending order.
pub(crate) fn behind_ascending<A, B, X, Y>(row: (A, B), key: (X, Y)) -> RowComparison<A, B, X, Y> {
    RowComparison { row, operator: " > ", key }
}

/// The rows behind a key in a descending order.
pub(crate) fn behind_descending<A, B, X, Y>(row: (A, B), key: (X, Y)) -> RowComparison<A, B, X, Y> {
    RowComparison { row, operator: " < ", key }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct RowComparison<A, B, X, Y> {
    row: (A, B),
    operator: &'static str,
    key: (X, Y),
}

impl<A, B, X, Y> Expression for RowComparison<A, B, X, Y> {
    type SqlType = Bool;
}

impl<A, B, X, Y> QueryId for RowComparison<A, B, X, Y> {
    type QueryId = ();
    // The operator is not part of the type.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<A, B, X, Y, GroupBy> ValidGrouping<GroupBy> for RowComparison<A, B, X, Y> {
    type IsAggregate = diesel::expression::is_aggregate::No;
}

impl<A, B, X, Y, Source> AppearsOnTable<Source> for RowComparison<A, B, X, Y>
where
    A: AppearsOnTable<Source>,
    B: AppearsOnTable<Source>,
    X: AppearsOnTable<Source>,
    Y: AppearsOnTable<Source>,
{
}

impl<A, B, X, Y, Source> SelectableExpression<Source> for RowComparison<A, B, X, Y>
where
    Self: AppearsOnTable<Source>,
    A: SelectableExpression<Source>,
    B: SelectableExpression<Source>,
    X: SelectableExpression<Source>,
    Y: SelectableExpression<Source>,
{
}

impl<A, B, X, Y, DB> QueryFragment<DB> for RowComparison<A, B, X, Y>
where
    DB: Backend,
    A: QueryFragment<DB>,
    B: QueryFragment<DB>,
    X: QueryFragment<DB>,
    Y: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        self.row.0.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.row.1.walk_ast(out.reborrow())?;
        out.push_sql(")");
        out.push_sql(self.operator);
        out.push_sql("(");
        self.key.0.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.key.1.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}
