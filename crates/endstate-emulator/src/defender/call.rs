//! One call to an API, and its responses.

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};

use crate::response;

/// An admitted call.
#[derive(Debug)]
pub(crate) struct Call<'c> {
    /// The path as the caller wrote it.
    pub(crate) path: &'c str,
    pub(crate) options: &'c [(String, String)],
    pub(crate) headers: &'c HeaderMap,
    pub(crate) body: &'c [u8],
    /// The host that the caller used, with its port.
    pub(crate) host: &'c str,
    /// The scheme and host that the caller used.
    pub(crate) origin: String,
    /// The number of the call.
    pub(crate) number: u64,
}

/// A response, or the message of a 400 response.
pub(crate) type Outcome = Result<Response<Body>, String>;

impl Call<'_> {
    /// Returns an error in the form of Defender for Endpoint.
    pub(crate) fn error(&self, status: StatusCode, code: &str, message: &str) -> Response<Body> {
        response::error(status, code, message, self.number)
    }
}
