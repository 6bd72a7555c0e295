use std::panic::AssertUnwindSafe;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, stream};

use super::document::{self, Parsed};
use super::{Outline, Types, nulls, order, said};

/// What comes of an operation: one response of a query or mutation, any number of a subscription.
pub(crate) type Responses = BoxStream<'static, Response>;

/// A request whose document was parsed and is within bounds.
pub(crate) struct Operation {
    request: Request,
    parsed: Parsed,
    outline: Outline,
}

impl Operation {
    pub(crate) fn parse(mut request: Request, types: &Types) -> Result<Self, ServerError> {
        let parsed = document::parse(&mut request)?;
        let outline = Outline::of(&parsed, &request.query, types);
        Ok(Self { request, parsed, outline })
    }

    pub(crate) fn kind(&self) -> OperationType {
        self.parsed.operation_type
    }

    /// What `run` makes of a query or mutation. A panic in there costs this operation and no other.
    pub(crate) async fn response(self, types: &Types, run: impl AsyncFnOnce(Request, Outline) -> Response) -> Response {
        let running = AssertUnwindSafe(run(self.request, self.outline)).catch_unwind().await;
        let mut response = running.unwrap_or_else(|panic| said::of_panic(&*panic));
        mend(&mut response, &self.parsed, types);
        response
    }

    /// What `run` makes of a subscription. A panic in there ends this operation and no other.
    pub(crate) fn responses(self, types: Types, run: impl FnOnce(Request, Outline) -> Responses) -> Responses {
        if let Err(error) = document::check_single(&self.parsed) {
            return stream::once(async { Response::from_errors(vec![error]) }).boxed();
        }
        let parsed = self.parsed;
        let responses = AssertUnwindSafe(run(self.request, self.outline)).catch_unwind();
        let mended = responses.map(move |response| {
            let mut response = response.unwrap_or_else(|panic| said::of_panic(&*panic));
            mend(&mut response, &parsed, &types);
            response
        });
        mended.boxed()
    }
}

fn mend(response: &mut Response, parsed: &Parsed, types: &Types) {
    nulls::complete(&mut response.data, &response.errors, parsed, types);
    order::arrange(&mut response.data, &parsed.selection, &parsed.fragments);
}
