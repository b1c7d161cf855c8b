//! The service: from a request to its answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Query as QueryOptions, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};

use crate::call_limits::ServedCalls;
use crate::collection::Collection;
use crate::query::{Query, preferred_page_size};
use crate::response;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) collection: Collection,
    pub(crate) page_size: u64,
    pub(crate) token: String,
    pub(crate) served: Mutex<ServedCalls>,
    pub(crate) calls: AtomicU64,
    /// `127.0.0.1:PORT`, for callers that send no host.
    pub(crate) address: String,
}

/// The path under which the collection stands.
pub(crate) const SERVICE_PATH: &str = "/testwdatppreview";

/// Answers any request.
pub(crate) async fn answer(
    State(service): State<Arc<Service>>,
    method: Method,
    uri: Uri,
    options: Result<QueryOptions<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Response<Body> {
    let call = service.calls.fetch_add(1, Ordering::Relaxed) + 1;
    if !service.is_authorized(&headers) {
        return response::unauthorized(call);
    }
    let counted = service.served.lock().unwrap_or_else(PoisonError::into_inner).count(Instant::now());
    if let Err(wait) = counted {
        return response::too_many_requests(wait, call);
    }
    // The vendor's pages write segments in both cases.
    let path = uri.path().to_ascii_lowercase();
    if path.strip_prefix(SERVICE_PATH) != Some(concat_slash(Collection::NAME).as_str()) {
        let message = format!("No resource was found at '{}'.", uri.path());
        return response::error(StatusCode::NOT_FOUND, "ResourceNotFound", &message, call);
    }
    if method != Method::GET {
        return response::error(StatusCode::METHOD_NOT_ALLOWED, "BadRequest", "Only GET is allowed here.", call);
    }
    let query = options
        .map_err(|rejection| rejection.to_string())
        .and_then(|options| Query::parse(&options.0, &service.collection.seal));
    let query = match query {
        Ok(query) => query,
        Err(message) => return response::error(StatusCode::BAD_REQUEST, "BadRequest", &message, call),
    };
    let preferred = preferred_page_size(&headers);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or(&service.address);
    let root = format!("http://{host}{SERVICE_PATH}");
    match service.collection.page(&query, preferred.unwrap_or(service.page_size), &root) {
        Ok(body) => response::page(body, preferred),
        Err(error) => {
            response::error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", &error.to_string(), call)
        }
    }
}

fn concat_slash(name: &str) -> String {
    format!("/{name}")
}

impl Service {
    fn is_authorized(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        given.and_then(|value| value.strip_prefix("Bearer ")) == Some(self.token.as_str())
    }
}
