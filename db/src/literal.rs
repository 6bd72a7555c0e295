//! SQL that has to be text: an expression that an index is made of, or a constant that its predicate must see.
//!
//! Unlike `diesel::dsl::sql`, it leaves the statement prepared.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping, is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::SqlType;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Literal<ST> {
    sql: &'static str,
    sql_type: PhantomData<ST>,
}

pub(crate) const fn literal<ST>(sql: &'static str) -> Literal<ST> {
    Literal { sql, sql_type: PhantomData }
}

impl<ST: SqlType + TypedExpressionType> Expression for Literal<ST> {
    type SqlType = ST;
}

impl<ST> QueryId for Literal<ST> {
    type QueryId = ();
    // The text is not part of the type.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST, Source> AppearsOnTable<Source> for Literal<ST> where Self: Expression {}
impl<ST, Source> SelectableExpression<Source> for Literal<ST> where Self: Expression {}

impl<ST, GroupBy> ValidGrouping<GroupBy> for Literal<ST> {
    type IsAggregate = is_aggregate::Never;
}

impl<ST, DB: Backend> QueryFragment<DB> for Literal<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.sql);
        Ok(())
    }
}
