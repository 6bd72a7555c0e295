//! HTTP in front of the schema: routes and middleware, in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem::listener::TcpAcceptor;
use poem::middleware::{AddData, Compression};
use poem::web::{Data, Json};
use poem::{Body, Endpoint, EndpointExt, IntoResponse, PathPattern, Request, Response, Route, Server, get, handler};
use tracing::Instrument;
use uuid::Uuid;

use crate::app::App;
use crate::context::{Identity, Now};
use crate::graphql_http;
use crate::loaders::Loaders;
use crate::trace_context;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

pub fn routes(app: Arc<App>) -> impl Endpoint {
    let routes = Route::new()
        .at("/graphql", graphql)
        .at("/.well-known/jwks.json", get(jwks))
        .at("/health/live", get(live))
        .at("/health/ready", get(ready));
    #[cfg(feature = "graphiql")]
    let routes = routes.nest("/", crate::playground::routes());
    routes.with(AddData::new(app)).with(Compression::new()).around(log)
}

/// A port that is ours, though nobody answers yet.
pub struct Door {
    acceptor: TcpAcceptor,
    pub address: SocketAddr,
}

impl Door {
    pub async fn open(listen: SocketAddr) -> io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        Ok(Self { acceptor: TcpAcceptor::from_tokio(listener)?, address })
    }

    /// Serves until `stop` is done, then lets requests under way finish.
    pub async fn serve(self, app: Arc<App>, stop: impl Future<Output = ()>) -> io::Result<()> {
        let grace = Duration::from_secs(app.config.shutdown_grace_seconds.into());
        Server::new_with_acceptor(self.acceptor).run_with_graceful_shutdown(routes(app), stop, Some(grace)).await
    }
}

#[handler]
async fn graphql(request: &Request, body: Body, Data(app): Data<&Arc<App>>) -> Response {
    let meter = Arc::new(db::Meter::default());
    let loaders = Loaders::new(app.postgres.metered(meter.clone()));
    let limit = app.config.max_body_bytes as usize;
    let started = Instant::now();
    let trace_context = trace_context::of(request);

    let mut response = match identify(request, app) {
        Err(Forged) => graphql_http::unauthenticated(request, "the access token is not valid, or no longer"),
        Ok(identity) => {
            graphql_http::answer(request, body, limit, &app.types, async |mut request| {
                request = request.data(loaders).data(Now((app.clock)()));
                if let Some(identity) = identity {
                    request = request.data(identity);
                }
                // Tokio's budget would interrupt resolvers that wait for the same batch, and split it.
                let execution = tokio::task::unconstrained(app.schema.execute(request));
                db::caused_by(trace_context, execution).await
            })
            .await
        }
    };
    if app.config.server_timing {
        let timing = format!(
            "db;dur={:.3};desc=\"{} statements\", total;dur={:.3}",
            meter.time().as_secs_f64() * 1e3,
            meter.statements(),
            started.elapsed().as_secs_f64() * 1e3,
        );
        if let Ok(timing) = HeaderValue::from_str(&timing) {
            response.headers_mut().insert(SERVER_TIMING, timing);
        }
    }
    response
}

/// A token that proves nothing. To serve its bearer as a stranger would hide from them that they are no longer logged in.
struct Forged;

fn identify(request: &Request, app: &App) -> Result<Option<Identity>, Forged> {
    let Some(authorization) = request.header(header::AUTHORIZATION) else { return Ok(None) };
    let (scheme, token) = authorization.split_once(' ').ok_or(Forged)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Forged);
    }
    app.tokens.verify(token.trim()).map(Identity).map(Some).ok_or(Forged)
}

/// The public keys of access tokens. `max-age` is how long before it signs a new key must be there.
#[handler]
fn jwks(Data(app): Data<&Arc<App>>) -> impl IntoResponse {
    Json(app.tokens.jwks())
        .with_content_type("application/jwk-set+json")
        .with_header(header::CACHE_CONTROL, "public, max-age=300")
        .with_header(header::VARY, "accept-encoding")
}

/// Whether the process lives.
#[handler]
fn live() -> &'static str {
    "ok"
}

/// Whether requests can be answered.
#[handler]
async fn ready(Data(app): Data<&Arc<App>>) -> (StatusCode, &'static str) {
    match app.postgres.ping().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "PostgreSQL can't be reached"),
    }
}

/// Gives every request an id, or keeps the one it has, and logs a line about it.
async fn log<E: Endpoint>(endpoint: E, request: Request) -> poem::Result<Response> {
    let started = Instant::now();
    let id = request_id(&request);
    let method = request.method().clone();
    let span = tracing::info_span!("request", request_id = id.to_str().unwrap_or_default());

    let mut response = endpoint.get_response(request).instrument(span.clone()).await;
    let _entered = span.enter();
    let route = response.data::<PathPattern>().map(|pattern| pattern.0.to_string());
    tracing::info!(
        http.request.method = %method,
        http.route = route,
        http.response.status_code = response.status().as_u16(),
        duration_ms = started.elapsed().as_secs_f64() * 1e3,
        "answered"
    );
    response.headers_mut().insert(REQUEST_ID, id);
    Ok(response)
}

fn request_id(request: &Request) -> HeaderValue {
    let given = request.headers().get(REQUEST_ID).filter(|id| {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (1..=128).contains(&id.len()) && id.as_bytes().iter().all(is_plain)
    });
    match given {
        Some(id) => id.clone(),
        None => HeaderValue::from_str(&Uuid::now_v7().to_string()).unwrap_or(HeaderValue::from_static("-")),
    }
}
