//! The server: what it says at each path, and to whom.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use endstate_model::UtcTime;
use endstate_reqwest::redacted;
use futures_util::future::{Either, select};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{sleep, timeout};

use crate::cli::{ServeArgs, date};
use crate::report::service_page::service_page;
use crate::report::service_status::{EndedAttempt, KeptPull, TenantStatus, metrics};

/// What is served.
pub(super) struct Served {
    tenants: Mutex<Vec<TenantStatus>>,
    is_reloaded: AtomicBool,
    interval_seconds: f64,
    /// The age in seconds from which the last complete pull is too old.
    max_age: u64,
    host_names: Vec<String>,
}

impl Served {
    pub(super) fn new(args: &ServeArgs) -> Self {
        Self {
            tenants: Mutex::default(),
            is_reloaded: AtomicBool::new(true),
            interval_seconds: args.every.as_secs_f64(),
            // Two pulls may fail, and the third takes its time.
            max_age: args.every.as_secs().saturating_mul(3).max(1),
            host_names: args.host_name.iter().map(|name| name.to_ascii_lowercase()).collect(),
        }
    }

    /// Sets which tenants are served: the name of each, and whether its settings are new. One whose
    /// settings have not changed keeps what it has.
    pub(super) fn set_tenants<'t>(&self, tenants: impl Iterator<Item = (&'t Option<String>, bool)>) {
        let mut served = self.lock();
        let mut before = std::mem::take(&mut *served);
        for (name, is_new) in tenants {
            let kept = before.iter().position(|status| !is_new && status.name == *name);
            let new = || TenantStatus { name: name.clone(), ..TenantStatus::default() };
            served.push(kept.map_or_else(new, |place| before.swap_remove(place)));
        }
    }

    pub(super) fn set_reloaded(&self, is_reloaded: bool) {
        self.is_reloaded.store(is_reloaded, Ordering::Relaxed);
    }

    /// A pull of a tenant has ended. If nothing is kept of it, the one before stays. Returns that.
    pub(super) fn ended(
        &self,
        name: Option<&str>,
        last: EndedAttempt,
        kept: Option<Arc<KeptPull>>,
    ) -> Option<Arc<KeptPull>> {
        let mut tenants = self.lock();
        let tenant = tenants.iter_mut().find(|tenant| tenant.name.as_deref() == name)?;
        let before = tenant.kept.clone();
        tenant.pulls += 1;
        tenant.failures += u64::from(!last.outcome.is_complete());
        tenant.last = Some(last);
        if kept.is_some() {
            tenant.kept = kept;
        }
        before
    }

    fn lock(&self) -> MutexGuard<'_, Vec<TenantStatus>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request may name this server so. A page of the web can lead a browser here under
    /// a name of its own.
    fn is_own_name(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let name = name.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        name == "localhost" || name.parse::<IpAddr>().is_ok() || self.host_names.contains(&name)
    }
}

/// The time in which the head of a request must arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time of a connection: a reader that stops reading must not keep its place.
const LIFETIME: Duration = Duration::from_secs(600);

/// The time before another connection is accepted, if one could not be.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections at once. More wait: they must not use up what pulls need.
const MAX_CONNECTIONS: usize = 64;

/// Serves until `ended` says so, or its sender is gone.
pub(super) async fn run(listener: TcpListener, router: Router, mut ended: oneshot::Receiver<()>) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = GracefulShutdown::new();

    loop {
        let accept = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (listener.accept().await, permit)
        };
        let Either::Left(((accepted, permit), _)) = select(pin!(accept), &mut ended).await else { break };
        let Ok((stream, _)) = accepted else {
            // The system has no descriptor left, or the other side has gone already.
            sleep(ACCEPT_PAUSE).await;
            continue;
        };

        let service = TowerToHyperService::new(router.clone());
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // The other side has gone, or was too slow.
            let _ = timeout(LIFETIME, connection).await;
            drop(permit);
        });
    }

    // Those that wait for another request end at once, and the others after their answer.
    connections.shutdown().await;
}

/// The paths of the server.
pub(super) fn router(served: Arc<Served>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/metrics", get(all_metrics))
        .route("/healthz", get(health))
        .route("/report", get(report))
        .route("/report/{tenant}", get(report_of))
        .layer(middleware::from_fn_with_state(Arc::clone(&served), check_host))
        .with_state(served)
}

async fn check_host(State(served): State<Arc<Served>>, headers: HeaderMap, request: Request, next: Next) -> Response {
    // HTTP/2 has it in the request line.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).or(request.uri().host()).unwrap_or_default();
    if !served.is_own_name(host) {
        let message = "This server has another name. Start it with --host-name NAME to accept one.\n";
        return text(StatusCode::MISDIRECTED_REQUEST, message);
    }
    next.run(request).await
}

async fn index(State(served): State<Arc<Served>>) -> Response {
    page_of_all(&served)
}

async fn all_metrics(State(served): State<Arc<Served>>) -> Response {
    let Some(today) = date::today() else {
        return text(StatusCode::INTERNAL_SERVER_ERROR, "The clock of this machine cannot be right.\n");
    };
    let is_reloaded = served.is_reloaded.load(Ordering::Relaxed);
    let metrics = metrics(&served.lock(), today, served.interval_seconds, is_reloaded);
    response(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", safe(&metrics))
}

async fn health(State(served): State<Arc<Served>>) -> Response {
    let now = UtcTime::from_second(Timestamp::now().as_second());
    let tenants = served.lock();
    let problems: Vec<_> = tenants.iter().filter_map(|tenant| tenant.problem(now, served.max_age)).collect();
    if problems.is_empty() {
        return text(StatusCode::OK, "ok\n");
    }
    text(StatusCode::SERVICE_UNAVAILABLE, &(problems.join("\n") + "\n"))
}

async fn report(State(served): State<Arc<Served>>) -> Response {
    if let [only] = served.lock().as_slice() {
        return report_page(only);
    }
    page_of_all(&served)
}

async fn report_of(State(served): State<Arc<Served>>, Path(name): Path<String>) -> Response {
    match served.lock().iter().find(|tenant| tenant.name.as_ref() == Some(&name)) {
        Some(tenant) => report_page(tenant),
        None => text(StatusCode::NOT_FOUND, "No tenant has this name. / lists them.\n"),
    }
}

fn report_page(tenant: &TenantStatus) -> Response {
    match &tenant.kept {
        Some(kept) => response(StatusCode::OK, HTML, kept.page.to_string()),
        None => text(StatusCode::SERVICE_UNAVAILABLE, "There is no complete pull yet.\n"),
    }
}

fn page_of_all(served: &Served) -> Response {
    match service_page(&served.lock()) {
        Ok(page) => response(StatusCode::OK, HTML, safe(&page)),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error}\n")),
    }
}

const HTML: &str = "text/html; charset=utf-8";

fn text(status: StatusCode, text: &str) -> Response {
    response(status, "text/plain; charset=utf-8", safe(text))
}

/// Without a secret that a service has sent back, such as in the name of a property. A report is
/// without it already.
fn safe(text: &str) -> String {
    redacted(text).into_owned()
}

fn response(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (status, headers, body).into_response()
}
