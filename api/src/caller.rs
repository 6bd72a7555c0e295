//! Who sends operations, and how those run on their behalf, whichever way they came in.

use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use futures_util::{StreamExt, stream};
use observability::Root;
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::app::App;
use crate::context::{Identity, Now};
use crate::doors::operation;
use crate::doors::subscription::Subscription;
use crate::graphql::{Operation, Outline, Responses, error};
use crate::loaders::Loaders;
use crate::settled::settled;
use crate::visits::Visitor;

#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// None for a stranger.
    pub(crate) identity: Option<Identity>,
    /// Where they are, as far as that is known.
    pub(crate) address: Option<IpAddr>,
    /// Where in which trace the operation is.
    pub(crate) root: Root,
}

/// Where a request came from, be it a proxy.
pub(crate) fn address(request: &poem::Request) -> Option<IpAddr> {
    request.remote_addr().as_socket_addr().map(|address| address.ip())
}

impl Caller {
    /// Runs a query or mutation.
    pub(crate) async fn execute(
        self,
        app: &App,
        request: Request,
        outline: Outline,
        meter: Arc<db::Meter>,
    ) -> Response {
        let operation = operation::Operation::begin(outline, self.root, meter.clone(), &app.telemetry.metrics);
        let trace = operation.trace();
        let request = self.furnish(app, request, self.loaders(app, meter).linked(trace.is_sampled()));
        let cause = db::Cause { trace_context: trace.to_string(), user: self.user(), memory: app.memory.clone() };
        let execution = settled(app.schema_for(trace).execute(request));
        operation.run(db::caused_by(cause, execution)).await
    }

    /// Runs any operation. Nothing waits for it but whoever reads the responses: a mutation that nobody reads the response of must
    /// not keep its connection to the database.
    pub(crate) fn responses(self, app: Arc<App>, operation: Operation) -> Responses {
        if operation.kind() == OperationType::Subscription {
            return operation.responses(app.types.clone(), |request, outline| self.subscribe(&app, request, outline));
        }
        let running = async move {
            let execute = async |request, outline| self.execute(&app, request, outline, Arc::default()).await;
            operation.response(&app.types, execute).await
        };
        let mut running = Aborted(tokio::spawn(running.in_current_span()));
        let response = async move {
            let response = (&mut running.0).await;
            response.unwrap_or_else(|_| Response::from_errors(vec![error("UNAVAILABLE", "the server is stopping")]))
        };
        stream::once(response).boxed()
    }

    fn subscribe(&self, app: &App, request: Request, outline: Outline) -> Responses {
        let meter = Arc::<db::Meter>::default();
        let loaders = self.loaders(app, meter.clone()).in_turn(app.live.turns.clone()).linked(true);
        let subscription = Subscription::begin(outline, self.root, meter, &app.telemetry);
        let responses = app.schema.execute_stream(self.furnish(app, request, loaders).data(subscription.clone()));
        let responses = subscription.follow(responses);
        let settled = stream::unfold(responses, |mut responses| async {
            let response = settled(responses.next()).await?;
            Some((response, responses))
        });
        settled.boxed()
    }

    fn loaders(&self, app: &App, meter: Arc<db::Meter>) -> Loaders {
        let (postgres, rows) = (app.postgres.metered(meter), app.memory.rows.clone());
        Loaders::new(postgres, rows, self.user(), app.telemetry.metrics.clone())
    }

    fn furnish(&self, app: &App, request: Request, loaders: Loaders) -> Request {
        let visitor = Visitor::new(self.user(), self.address);
        let request = request.data(loaders).data(Now::by(app.clock)).data(visitor);
        match self.identity {
            Some(identity) => request.data(identity),
            None => request,
        }
    }

    fn user(&self) -> Option<db::UserId> {
        self.identity.map(|identity| identity.0.user)
    }
}

/// A task that ends when nobody waits for it any more.
struct Aborted(JoinHandle<Response>);

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}
