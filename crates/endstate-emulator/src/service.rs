//! The service: turns a request into a response, and applies the scripted faults.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Query as QueryOptions;
use axum::http::header::{AUTHORIZATION, CONNECTION, CONTENT_ENCODING, HOST};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};

use crate::Fleet;
use crate::call_limits::ServedCalls;
use crate::collection::Collection;
use crate::contents::Contents;
use crate::fault::FaultKind;
use crate::fault_plan::FaultPlan;
use crate::faulty_listener::{Control, ListenerPause};
use crate::faulty_response::{self, Answering};
use crate::query::{Query, preferred_page_size};
use crate::resource::Resource;
use crate::response::{self, Refused};

/// The state that all requests share.
pub(crate) struct Service {
    pub(crate) collections: Vec<Collection>,
    pub(crate) fleet: Fleet,
    pub(crate) page_size: u64,
    pub(crate) token: String,
    /// The tokens of the identity service, if the emulator has one.
    #[cfg(feature = "sign-in")]
    pub(crate) tokens: Option<Arc<Mutex<crate::issued_tokens::IssuedTokens>>>,
    pub(crate) served: Mutex<ServedCalls>,
    /// Time since a fixed point.
    pub(crate) clock: Arc<dyn Fn() -> Duration + Send + Sync>,
    pub(crate) calls: AtomicU64,
    pub(crate) faults: Mutex<FaultPlan>,
    pub(crate) pause: Arc<ListenerPause>,
    /// `127.0.0.1:PORT`, for callers that send no host.
    pub(crate) address: String,
}

/// The path of the collections.
pub(crate) const SERVICE_PATH: &str = "/testwdatppreview";

/// The options of a query, or why they cannot be read.
pub(crate) type Options = Result<QueryOptions<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>;

impl Service {
    /// Responds to a request that no other API serves.
    pub(crate) fn respond(
        &self,
        control: &Control,
        method: &Method,
        uri: &Uri,
        options: Options,
        headers: &HeaderMap,
    ) -> Response<Body> {
        let call = match self.admit(headers, Resource::Graph) {
            Ok(call) => call,
            Err(refusal) => return *refusal,
        };

        // Microsoft's documents write path segments in both upper and lower case.
        let path = uri.path().to_ascii_lowercase();
        let name = path.strip_prefix(SERVICE_PATH).and_then(|rest| rest.strip_prefix('/'));
        let Some(collection) = self.collections.iter().find(|collection| Some(collection.name) == name) else {
            let message = format!("No resource was found at '{}'.", uri.path());
            return response::error(StatusCode::NOT_FOUND, "ResourceNotFound", &message, call);
        };
        if *method != Method::GET {
            return response::error(StatusCode::METHOD_NOT_ALLOWED, "BadRequest", "Only GET is allowed here.", call);
        }

        let page_size = preferred_page_size(headers).unwrap_or(self.page_size);
        let query = options
            .map_err(|rejection| rejection.to_string())
            .and_then(|options| Query::parse(&options.0, &collection.query_rules(), page_size));
        match query {
            Ok(query) => self.page(collection, &query, headers, control, call),
            Err(message) => response::error(StatusCode::BAD_REQUEST, "BadRequest", &message, call),
        }
    }

    /// Counts a call, and returns its number.
    pub(crate) fn count(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts a call, and checks its token and the limits of calls. Returns its number.
    ///
    /// # Errors
    /// The response to a call that is refused.
    pub(crate) fn admit(&self, headers: &HeaderMap, resource: Resource) -> Result<u64, Box<Response<Body>>> {
        let call = self.count();
        if let Err(refused) = self.authorize(headers, resource) {
            return Err(Box::new(response::unauthorized(refused, call)));
        }
        let counted = lock(&self.served).count((self.clock)());
        counted.map_err(|wait| Box::new(response::too_many_requests(wait, call)))?;
        Ok(call)
    }

    fn page(
        &self,
        collection: &Collection,
        query: &Query,
        headers: &HeaderMap,
        control: &Control,
        call: u64,
    ) -> Response<Body> {
        let faults = lock(&self.faults).take(query.page);
        if let Some(answer) = faulty_response::instead(&faults, headers, call) {
            return answer;
        }

        let preferred = preferred_page_size(headers);
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or(&self.address);
        let root = format!("{}://{host}{SERVICE_PATH}", control.scheme());
        let content = collection.page(query, preferred.unwrap_or(self.page_size), host, &root, &faults);

        let mut body = content.render().into_bytes();
        let arrives = match faulty_response::corrupt(&faults, &mut body, control) {
            Answering::Whole => true,
            Answering::Broken => false,
        };

        let mut plan = lock(&self.faults);
        let has_devices = matches!(collection.contents, Contents::Fleet(..));
        if arrives && has_devices && content.error.is_none() && content.contradiction.is_none() && !plan.is_empty() {
            for item in content.items {
                plan.serve(item.id);
            }
        }

        let mut response = response::page(body, preferred);
        if faults.contains(&FaultKind::GzipMembers) {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(duration) = plan.take_refusal(query.page + 1) {
            // The next request must open a new connection, and this connection will be refused.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            self.pause.pause_for(duration);
        }
        response
    }

    #[cfg_attr(not(feature = "sign-in"), expect(unused_variables, reason = "the one token is for all resources"))]
    fn authorize(&self, headers: &HeaderMap, resource: Resource) -> Result<(), Refused> {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Refused::Unknown)?;
        if given == self.token {
            return Ok(());
        }
        #[cfg(feature = "sign-in")]
        if let Some(tokens) = &self.tokens {
            return lock(tokens).call(given, resource);
        }
        Err(Refused::Unknown)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("fleet", &self.fleet).finish_non_exhaustive()
    }
}
