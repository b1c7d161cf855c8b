//! The front of an emulator: gives each request to the API that serves its path.

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};

use crate::defender::{Call, Defender, Route};
use crate::faulty_listener::Control;
use crate::service::{Options, Service, lock};
use crate::{RecordedRequest, response};

/// The APIs of an emulator.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) service: Arc<Service>,
    pub(crate) defender: Defender,
    /// The requests so far; `None` if they are not recorded.
    pub(crate) requests: Mutex<Option<Vec<RecordedRequest>>>,
}

/// Maximum bytes of the body of a request. The proxy refuses longer ones.
const LARGEST_BODY: usize = 1024 * 1024;

/// Maximum bytes that the emulator reads of a body.
const MOST_READ: usize = 64 * LARGEST_BODY;

/// Responds to any request, and logs it. The log has no query: a skip token means nothing to
/// people.
pub(crate) async fn answer(
    State(front): State<Arc<Front>>,
    ConnectInfo(control): ConnectInfo<Control>,
    method: Method,
    uri: Uri,
    options: Options,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let response = match Route::for_path(uri.path()) {
        Some(route) => {
            // Bodies that are too long are read as well: a caller that still sends would not see
            // the response.
            let body = to_bytes(body, MOST_READ).await.ok().filter(|body| body.len() <= LARGEST_BODY);
            front.respond(route, &control, &method, &uri, options, &headers, body)
        }
        None => front.service.respond(&control, &method, &uri, options, &headers),
    };
    let status = response.status().as_u16();
    if let Some(requests) = lock(&front.requests).as_mut() {
        requests.push(RecordedRequest::new(&method, &uri, &headers, status));
    }
    tracing::info!(%method, path = uri.path(), status, "answered");
    response
}

impl Front {
    #[expect(clippy::too_many_arguments, reason = "they are the parts of a request")]
    fn respond(
        &self,
        route: Route,
        control: &Control,
        method: &Method,
        uri: &Uri,
        options: Options,
        headers: &HeaderMap,
        body: Option<Bytes>,
    ) -> Response<Body> {
        let number = match route.resource().map(|resource| self.service.admit(headers, resource)) {
            Some(Ok(number)) => number,
            Some(Err(refusal)) => return *refusal,
            // The limits are those of the API. A download is no call to it.
            None => self.service.count(),
        };
        let expected = route.method();
        if *method != expected {
            let message = format!("Only {expected} is allowed here.");
            return response::error(StatusCode::METHOD_NOT_ALLOWED, "BadRequest", &message, number);
        }
        let options = match options {
            Ok(options) => options.0,
            Err(rejection) => {
                return response::error(StatusCode::BAD_REQUEST, "BadRequest", &rejection.to_string(), number);
            }
        };
        let Some(body) = body else { return response::proxy_error(StatusCode::PAYLOAD_TOO_LARGE) };

        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or(&self.service.address);
        let call = Call {
            path: uri.path(),
            options: &options,
            headers,
            body: &body,
            host,
            origin: format!("{}://{host}", control.scheme()),
            number,
        };
        self.defender.respond(route, &call)
    }
}
