//! Relay connections over `db`'s pages.

use std::borrow::Cow;

use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName};
use futures_util::future::BoxFuture;

use crate::context::ContextExt;
use crate::cursor::{Cursor, List, Position};
use crate::loaders::Key;
use crate::{Error, Result};

const MAX_PAGE: i32 = 100;

/// The page of a list that a client asks for with `first` and `after`.
pub fn page<P: Position>(first: i32, after: Option<&Cursor>, list: List) -> Result<db::Page<P>> {
    Ok(db::Page { limit: limit(first)?, after: after.map(|cursor| cursor.position(list)).transpose()? })
}

/// The number of items that a client asks for with `first`.
pub fn limit(first: i32) -> Result<u32> {
    u32::try_from(first).ok().filter(|_| (1..=MAX_PAGE).contains(&first)).ok_or_else(|| Error::BadInput {
        field: "first",
        reason: format!("must be within 1 and {MAX_PAGE}, but is {first}"),
    })
}

/// One item of a connection, with its cursor.
pub trait Edge: OutputType {
    const CONNECTION: &'static str;

    fn cursor(&self) -> &Cursor;
}

/// A page of a list.
pub struct Connection<E> {
    edges: Vec<E>,
    page_info: PageInfo,
    total: Total,
}

impl<E: Edge> Connection<E> {
    pub fn new<P, Row>(page: &db::Page<P>, slice: db::Slice<Row>, total: Total, edge: impl FnMut(Row) -> E) -> Self {
        let edges: Vec<E> = slice.rows.into_iter().map(edge).collect();
        let page_info = PageInfo::new(&edges, page.after.is_some(), slice.has_more);
        Self { edges, page_info, total }
    }
}

/// A page of a list, by the [Relay specification](https://relay.dev/graphql/connections.htm).
#[Object(name_type)]
impl<E: Edge> Connection<E> {
    /// The items of this page, in order.
    async fn edges(&self) -> &[E] {
        &self.edges
    }

    /// Where this page begins and ends, and whether there are more.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many items there are on all pages together; null where that is not counted. Costs extra: select it only if you show it.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        self.total.count(ctx).await
    }
}

impl<E: Edge> TypeName for Connection<E> {
    fn type_name() -> Cow<'static, str> {
        E::CONNECTION.into()
    }
}

/// Where a page begins and ends, and whether there are more.
#[derive(Clone, SimpleObject)]
pub struct PageInfo {
    /// Whether there are items behind this page: pass `endCursor` as `after` to get them.
    has_next_page: bool,
    /// Whether this page was reached by a cursor, so that there are items before it.
    has_previous_page: bool,
    /// The cursor of the first item; null if the page is empty.
    start_cursor: Option<Cursor>,
    /// The cursor of the last item; null if the page is empty.
    end_cursor: Option<Cursor>,
}

impl PageInfo {
    pub fn new<E: Edge>(edges: &[E], has_previous_page: bool, has_next_page: bool) -> Self {
        Self {
            has_next_page,
            has_previous_page,
            start_cursor: edges.first().map(|edge| edge.cursor().clone()),
            end_cursor: edges.last().map(|edge| edge.cursor().clone()),
        }
    }
}

/// How many items a list has.
pub enum Total {
    Known(i64),
    /// Nobody wants to know.
    Unknown,
    /// Counted only if asked for.
    Counted(Box<dyn Count>),
}

impl Total {
    pub fn counted(by: impl Count + 'static) -> Self {
        Self::Counted(Box::new(by))
    }

    async fn count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        match self {
            Self::Known(total) => Ok(Some(*total)),
            Self::Unknown => Ok(None),
            Self::Counted(list) => list.count(ctx).await.map(Some),
        }
    }
}

/// A list that can be counted.
pub trait Count: Send + Sync {
    fn count<'a>(&'a self, ctx: &'a Context<'_>) -> BoxFuture<'a, Result<i64>>;
}

impl<K: Key<Value = i64>> Count for K {
    fn count<'a>(&'a self, ctx: &'a Context<'_>) -> BoxFuture<'a, Result<i64>> {
        Box::pin(async move { Ok(ctx.load(self.clone()).await?.unwrap_or_default()) })
    }
}
