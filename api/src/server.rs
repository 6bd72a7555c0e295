//! HTTP in front of the schema: routes and middleware, in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use observability::Root;
use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem::listener::TcpAcceptor;
use poem::middleware::{AddData, Compression};
use poem::web::websocket::WebSocket;
use poem::web::{Data, Json};
use poem::{Body, Endpoint, EndpointExt, IntoResponse, Request, Response, Route, Server, get, handler};
use tokio::time::timeout;

use crate::app::App;
use crate::caller::{self, Caller};
use crate::context::Identity;
use crate::doors::{admin, http};
use crate::tokens::Proof;
use crate::{graphql_http, graphql_sse, graphql_ws};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// How long sockets may take to be closed.
const FAREWELL: Duration = Duration::from_secs(2);

pub fn routes(app: Arc<App>) -> impl Endpoint {
    let routes = Route::new()
        .at("/graphql", graphql)
        .at("/graphql/stream", graphql_stream)
        .at("/graphql/ws", get(graphql_socket))
        .at("/.well-known/jwks.json", get(jwks))
        .at("/health/live", get(admin::live))
        .at("/health/ready", get(ready));
    #[cfg(feature = "graphiql")]
    let routes = routes.nest("/", crate::playground::routes());
    let telemetry = app.telemetry.clone();
    let routes = routes.with(AddData::new(app)).with(Compression::new()).around(at_once);
    routes.around(move |endpoint, request| http::answer(endpoint, request, telemetry.clone()))
}

/// A port that is ours, though nobody answers yet.
pub struct Door {
    acceptor: TcpAcceptor,
    pub address: SocketAddr,
}

impl Door {
    /// Who takes nothing of what they are sent for as long as `patience` is cut off, whatever they asked for.
    pub async fn open(listen: SocketAddr, patience: Duration) -> io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(listen).await?;
        // Connections inherit it. Without, the kernel would ask such clients for ever whether they have room again.
        #[cfg(target_os = "linux")]
        socket2::SockRef::from(&listener).set_tcp_user_timeout(Some(patience))?;
        let address = listener.local_addr()?;
        Ok(Self { acceptor: TcpAcceptor::from_tokio(listener)?, address })
    }

    /// Serves until `stop` is done, then ends sockets and streams, and lets requests under way finish.
    pub async fn serve(self, app: Arc<App>, stop: impl Future<Output = ()>) -> io::Result<()> {
        let grace = Duration::from_secs(app.config.shutdown_grace_seconds.into());
        let stop = async {
            stop.await;
            app.live.stop();
        };
        let server = Server::new_with_acceptor(self.acceptor);
        server.run_with_graceful_shutdown(routes(app.clone()), stop, Some(grace)).await?;
        // poem knows nothing of sockets. Those who do not listen need not be waited for.
        let _ = timeout(FAREWELL, app.live.over()).await;
        Ok(())
    }
}

#[handler]
async fn graphql(request: &Request, body: Body, Data(app): Data<&Arc<App>>) -> Response {
    if graphql_http::wants_events(request.headers()) {
        return stream(request, body, app).await;
    }
    let meter = Arc::new(db::Meter::default());
    let limit = app.config.max_body_bytes as usize;
    let started = Instant::now();

    let mut response = match identify(request, app) {
        Err(Forged) => forged(request),
        Ok(proof) => {
            let identity = proof.map(|proof| Identity(proof.bearer));
            let root = Root::following(http::context_of(request, &app.telemetry));
            let caller = Caller { identity, address: caller::address(request), root };
            let execute = async |request, outline| caller.execute(app, request, outline, meter.clone()).await;
            graphql_http::answer(request, body, limit, &app.types, execute).await
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

#[handler]
async fn graphql_stream(request: &Request, body: Body, Data(app): Data<&Arc<App>>) -> Response {
    stream(request, body, app).await
}

async fn stream(request: &Request, body: Body, app: &Arc<App>) -> Response {
    match identify(request, app) {
        Err(Forged) => forged(request),
        Ok(proof) => graphql_sse::answer(request, body, app, proof).await,
    }
}

#[handler]
async fn graphql_socket(request: &Request, socket: poem::Result<WebSocket>, Data(app): Data<&Arc<App>>) -> Response {
    graphql_ws::open(request, socket, app)
}

/// A token that proves nothing. To serve its bearer as a stranger would hide from them that they are no longer logged in.
struct Forged;

fn identify(request: &Request, app: &App) -> Result<Option<Proof>, Forged> {
    let Some(authorization) = request.header(header::AUTHORIZATION) else { return Ok(None) };
    app.tokens.authorize(authorization).map(Some).ok_or(Forged)
}

fn forged(request: &Request) -> Response {
    graphql_http::unauthenticated(request, "the access token is not valid, or no longer")
}

/// The public keys of access tokens. `max-age` is how long before it signs a new key must be there.
#[handler]
fn jwks(Data(app): Data<&Arc<App>>) -> impl IntoResponse {
    Json(app.tokens.jwks())
        .with_content_type("application/jwk-set+json")
        .with_header(header::CACHE_CONTROL, "public, max-age=300")
        .with_header(header::VARY, "accept-encoding")
}

/// Whether requests can be answered.
#[handler]
async fn ready(Data(app): Data<&Arc<App>>) -> (StatusCode, &'static str) {
    admin::readiness(&app.postgres).await
}

/// Keeps compression from what must leave at once: it holds back what it has until it has enough.
async fn at_once<E: Endpoint>(endpoint: E, mut request: Request) -> poem::Result<Response> {
    if request.uri().path().starts_with("/graphql/") || graphql_http::wants_events(request.headers()) {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    Ok(endpoint.get_response(request).await)
}
