//! A request that the emulator has received.

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

/// One request, as [`EmulatorBuilder::record_requests`](crate::EmulatorBuilder::record_requests)
/// keeps it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// `GET`, `POST` or another method.
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// The query, as it was sent, without its `?`; `None` if the URL had none.
    pub query: Option<String>,
    /// The names, in lower case, and the values of the headers, in the order in which they were
    /// sent. A value that is no text is empty.
    pub headers: Vec<(String, String)>,
    /// The status of the response.
    pub status: u16,
}

impl RecordedRequest {
    pub(crate) fn new(method: &Method, uri: &Uri, headers: &HeaderMap, status: u16) -> Self {
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), value.to_str().unwrap_or_default().to_owned())
        };
        Self {
            method: method.to_string(),
            path: uri.path().to_owned(),
            query: uri.query().map(ToOwned::to_owned),
            headers: headers.iter().map(header).collect(),
            status,
        }
    }

    /// The first value of a header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

/// Leaves out the values of headers, among which is the token.
impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &names)
            .field("status", &self.status)
            .finish()
    }
}
